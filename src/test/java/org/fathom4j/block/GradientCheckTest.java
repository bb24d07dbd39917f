package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.UsableKernels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The framework's own gradient check, in double precision, on whole networks. */
class GradientCheckTest {

  /** Central differences with h = 1e-6 in double: error about 1e-16/1e-6 of the loss. */
  private static final double STEP = 1e-6;

  private static final double MAX_RELATIVE_ERROR = 1e-5;
  private static final double MIN_ABSOLUTE_ERROR = 1e-9;

  private static DataType defaultType;

  @BeforeAll
  static void inDoublePrecision() {
    defaultType = Nd4j.dataType();
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
  }

  @AfterAll
  static void asItWas() {
    Nd4j.setDefaultDataTypes(defaultType, defaultType);
  }

  /** One network whose gradient is checked. */
  record Case(String name, Nets.Setting setting, KernelName kernel, Supplier<Layer[]> residual) {

    @Override
    public String toString() {
      return name;
    }
  }

  private static Nets.Setting checked() {
    return Nets.Setting.of(DataType.DOUBLE).with(new Sgd(1.0));
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (KernelName kernel : UsableKernels.all()) {
      for (BranchForm form : BranchForm.values()) {
        String with = form + " by " + kernel;
        cases.add(
            new Case(
                "stack " + with,
                checked(),
                kernel,
                () -> new Layer[] {Nets.scaled(Nets.stack(3), form)}));
        cases.add(
            new Case(
                "blocks " + with,
                checked(),
                kernel,
                () ->
                    new Layer[] {
                      Nets.scaled(Nets.block(), form), Nets.scaled(Nets.block(), form)
                    }));
        if (!form.isBiased()) {
          cases.add(
              new Case(
                  "linear stack " + with,
                  checked(),
                  kernel,
                  () -> new Layer[] {Nets.scaled(Nets.linearStack(3), form)}));
          cases.add(
              new Case(
                  "linear blocks " + with,
                  checked(),
                  kernel,
                  () ->
                      new Layer[] {
                        Nets.scaled(Nets.linearBlock(), form), Nets.scaled(Nets.linearBlock(), form)
                      }));
        }
      }
      for (Activation activation : List.of(Activation.SIGMOID, Activation.SOFTPLUS)) {
        cases.add(withActivation(activation, kernel, WorkspaceMode.ENABLED));
      }
    }
    for (Activation unknownToKernels :
        List.of(
            Activation.CUBE,
            Activation.SOFTMAX,
            Activation.RATIONALTANH,
            Activation.SWISH,
            Activation.SELU)) {
      cases.add(withActivation(unknownToKernels, KernelName.ND4J, WorkspaceMode.ENABLED));
    }
    cases.add(withActivation(Activation.SOFTMAX, KernelName.ND4J, WorkspaceMode.NONE));
    for (KernelName kernel : UsableKernels.all()) {
      cases.add(
          new Case(
              "no workspaces by " + kernel,
              checked().with(WorkspaceMode.NONE),
              kernel,
              () ->
                  new Layer[] {
                    Nets.scaled(Nets.stack(2), BranchForm.SCALED_AND_BIASED), Nets.block()
                  }));
    }
    Map<String, UnaryOperator<NeuralNetConfiguration.Builder>> regularizations =
        Map.of(
            "l2", b -> b.l2(0.03).l2Bias(0.02),
            "l1", b -> b.l1(0.03),
            "weight decay", b -> b.weightDecay(0.03));
    regularizations.forEach(
        (name, regularization) ->
            cases.add(
                new Case(
                    name,
                    checked().with(regularization),
                    KernelName.ND4J,
                    () ->
                        new Layer[] {
                          Nets.scaled(Nets.stack(2), BranchForm.SCALED), Nets.linearBlock()
                        })));
    cases.add(
        new Case(
            "no updater",
            checked().with(new NoOp()),
            KernelName.ND4J,
            () -> new Layer[] {Nets.stack(2)}));
    return cases.stream();
  }

  private static Case withActivation(Activation activation, KernelName kernel, WorkspaceMode mode) {
    return new Case(
        activation + " by " + kernel + ", workspaces " + mode,
        checked().with(mode),
        kernel,
        () -> {
          ResidualStack stack = Nets.stack(2);
          stack.setActivationFn(activation.getActivationFunction());
          return new Layer[] {stack};
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void the_gradient_is_the_derivative_of_the_score(Case c) {
    MultiLayerNetwork network = Nets.network(c.setting(), c.residual().get());
    Nets.randomize(network.params());
    for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        residual.useKernel(c.kernel());
        assertThat(residual.kernelChoice().name()).isEqualTo(c.kernel());
      }
    }
    assertThat(passes(network)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ENABLED", "NONE"})
  void the_gradient_of_a_graph_is_the_derivative_of_the_score(WorkspaceMode mode) {
    ComputationGraph graph =
        Nets.graph(
            checked().with(mode).with(b -> b.l2(0.03)),
            Nets.scaled(Nets.stack(3), BranchForm.SCALED_AND_BIASED),
            Nets.linearStack(2),
            Nets.block(),
            Nets.linearBlock());
    Nets.randomize(graph.params());
    assertThat(passes(graph)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ND4J", "REFERENCE"})
  void the_gradient_of_relu_is_the_derivative_away_from_its_kinks(KernelName kernel) {
    ResidualStack stack = Nets.stack(3);
    stack.setActivationFn(Activation.RELU.getActivationFunction());
    MultiLayerNetwork network = Nets.network(checked(), stack);
    Nets.randomize(network.params());
    Nets.residual(network).useKernel(kernel);
    // A step of 1e-6 in a parameter moves a pre-activation by less than 1e-4.
    assertThat(smallestPreActivation(network)).isGreaterThan(1e-3);
    assertThat(passes(network)).isTrue();
  }

  private static double smallestPreActivation(MultiLayerNetwork network) {
    ResidualLayer layer = Nets.residual(network);
    INDArray z = network.feedForward(Nets.data(DataType.DOUBLE).getFeatures()).get(1);
    double smallest = Double.MAX_VALUE;
    for (int l = 0; l < layer.blocks(); l++) {
      INDArray a = z.mmul(layer.parameter(l, ResidualParams.INNER));
      smallest = Math.min(smallest, Transforms.abs(a).minNumber().doubleValue());
      z = z.add(Transforms.relu(a).mmul(layer.parameter(l, ResidualParams.OUTER)));
    }
    return smallest;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1_VW", "1_UW", "1_SW", "2_AW"})
  void a_gradient_that_is_wrong_by_one_part_in_a_thousand_is_caught(String key) {
    MultiLayerNetwork network =
        Nets.network(
            checked(),
            Nets.scaled(Nets.stack(1), BranchForm.SCALED_AND_BIASED),
            Nets.linearBlock());
    Nets.randomize(network.params());
    network.setListeners(new Falsifier(key));
    assertThat(passes(network)).isFalse();
  }

  @Test
  void the_network_of_the_wrong_gradients_is_right_without_them() {
    MultiLayerNetwork network =
        Nets.network(
            checked(),
            Nets.scaled(Nets.stack(1), BranchForm.SCALED_AND_BIASED),
            Nets.linearBlock());
    Nets.randomize(network.params());
    assertThat(passes(network)).isTrue();
  }

  @Test
  void a_wrong_derivative_of_an_activation_is_caught() {
    ResidualStack stack = Nets.stack(2);
    stack.setActivationFn(new SlantedTanh());
    MultiLayerNetwork network = Nets.network(checked(), stack);
    Nets.randomize(network.params());
    assertThat(passes(network)).isFalse();
  }

  private static boolean passes(MultiLayerNetwork network) {
    DataSet data = Nets.data(DataType.DOUBLE);
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(STEP)
            .maxRelError(MAX_RELATIVE_ERROR)
            .minAbsoluteError(MIN_ABSOLUTE_ERROR)
            .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
            .input(data.getFeatures())
            .labels(data.getLabels()));
  }

  private static boolean passes(ComputationGraph graph) {
    DataSet data = Nets.data(DataType.DOUBLE);
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.GraphConfig()
            .net(graph)
            .epsilon(STEP)
            .maxRelError(MAX_RELATIVE_ERROR)
            .minAbsoluteError(MIN_ABSOLUTE_ERROR)
            .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
            .inputs(new INDArray[] {data.getFeatures()})
            .labels(new INDArray[] {data.getLabels()}));
  }

  /** Makes one gradient wrong by one part in a thousand, between backward pass and updater. */
  private static final class Falsifier extends BaseTrainingListener {

    private final String key;

    Falsifier(String key) {
      this.key = key;
    }

    @Override
    public void onBackwardPass(Model model) {
      model.gradient().getGradientFor(key).muli(1.001);
    }
  }

  /** tanh with a derivative that is 1 % too large. */
  public static final class SlantedTanh extends ActivationTanH {

    private static final long serialVersionUID = 1L;

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
      Pair<INDArray, INDArray> right = super.backprop(in, epsilon);
      return new Pair<>(right.getFirst().mul(1.01), right.getSecond());
    }
  }
}
