package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.Minibatches;
import org.fathom4j.network.Loss;
import org.fathom4j.network.ResidualNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

class EvaluatorTest {

  private static final Dataset DATA = Experiments.dataset();

  private static ExperimentSpec spec(Loss loss) {
    return Experiments.fake(
        draft -> {
          draft.loss = loss;
          draft.initialization = "xavier";
          draft.weightDecay = 0.1; // no part of what is evaluated
          draft.learningRate = 0.05;
          return draft;
        });
  }

  private static MultiLayerNetwork network(ExperimentSpec spec) {
    return ResidualNetwork.create(
        spec.networkFor(DATA), spec.optimizerOf(DATA.train().size()), spec.seed());
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void loss_and_accuracy_are_the_framework_s_own(Loss loss) {
    ExperimentSpec spec = spec(loss);
    DataSetPreProcessor input = spec.data().input().fit(DATA.train());
    MultiLayerNetwork net = network(spec);
    DataSet all = Minibatches.inOrder(DATA.test(), 100, input, DataType.FLOAT).next();
    Evaluator evaluator = new Evaluator(DATA.test(), input, DataType.FLOAT, loss);
    for (int step = 0; step < 4; step++) {
      Score score = evaluator.evaluate(net);
      Evaluation evaluation = new Evaluation(10);
      evaluation.eval(all.getLabels(), net.output(all.getFeatures()));
      double loss0 = net.score(all, false) - net.calcRegularizationScore(true);

      assertThat(score.accuracy()).isEqualTo(evaluation.accuracy(), within(1e-12));
      // The framework sums in float: 7 digits, of a loss that decay's part was taken from.
      assertThat(score.loss()).isCloseTo(loss0, within(1e-5 * (1 + loss0)));
      net.fit(all);
    }
  }

  @Test
  void an_output_that_is_no_number_belongs_to_no_class() {
    ExperimentSpec spec = spec(Loss.MSE);
    MultiLayerNetwork net = network(spec);
    net.getOutputLayer().getParam("W").putScalar(0, 0, Float.NaN);
    Score score =
        new Evaluator(DATA.test(), spec.data().input().fit(DATA.train()), DataType.FLOAT, Loss.MSE)
            .evaluate(net);

    assertThat(score.accuracy()).isZero();
    assertThat(score.loss()).isNaN();
  }

  @Test
  void an_evaluation_changes_nothing_and_repeats_itself() {
    ExperimentSpec spec = spec(Loss.MCXENT);
    MultiLayerNetwork net = network(spec);
    var before = net.params().dup();
    Evaluator evaluator =
        new Evaluator(
            DATA.train(), spec.data().input().fit(DATA.train()), DataType.FLOAT, Loss.MCXENT);

    assertThat(evaluator.evaluate(net)).isEqualTo(evaluator.evaluate(net));
    assertThat(net.params()).isEqualTo(before);
  }
}
