package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.Consumer;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.train.ExperimentSpec.DataSpec;
import org.fathom4j.train.ExperimentSpec.Optimization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;

class ExperimentSpecTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static ExperimentSpec varied() {
    return Experiments.fake(
        draft -> {
          draft.data = new DataSpec("fashion-mnist", "some/where", 50, 40, Preprocessing.STANDARD);
          draft.seed = Long.MIN_VALUE;
          draft.activation = Activation.TANH;
          draft.block = Block.LINEAR;
          draft.initialization = "near-identity:scale=0.1";
          draft.loss = Loss.MCXENT;
          draft.layers = Layers.BLOCKS;
          draft.precision = Precision.DOUBLE;
          draft.method = Method.ADAM;
          draft.learningRate = 1.0 / 3;
          draft.schedule = "cosine:end=0.1,warmup=5";
          draft.weightDecay = 1e-4;
          draft.epochs = 7;
          draft.kernel = "reference";
          draft.checkpointEvery = 11;
          return draft;
        });
  }

  @Test
  void a_specification_survives_the_json_of_run_json() throws IOException {
    for (ExperimentSpec spec : new ExperimentSpec[] {Experiments.fake(), varied()}) {
      String json = MAPPER.writeValueAsString(MAPPER.valueToTree(spec));

      assertThat(MAPPER.readValue(json, ExperimentSpec.class)).isEqualTo(spec);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "data", "architecture", "optimization", "kernel"})
  void a_specification_that_lacks_a_part_cannot_be_read(String part) {
    ObjectNode tree = MAPPER.valueToTree(Experiments.fake());
    tree.remove(part);

    assertThatThrownBy(() -> MAPPER.treeToValue(tree, ExperimentSpec.class))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("An experiment needs");
  }

  @Test
  void impossible_values_in_json_are_refused_as_those_of_options_are() {
    ObjectNode tree = MAPPER.valueToTree(Experiments.fake());
    ((ObjectNode) tree.get("architecture")).put("depth", 0);

    assertThatThrownBy(() -> MAPPER.treeToValue(tree, ExperimentSpec.class))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("depth must be at least 1, but is 0");
  }

  private static void assertRefused(Consumer<Experiments.Draft> mistake, String message) {
    assertThatThrownBy(
            () ->
                Experiments.fake(
                    draft -> {
                      mistake.accept(draft);
                      return draft;
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void impossible_values_are_refused_with_the_value_and_what_is_allowed() {
    assertRefused(d -> d.seed = 0, "--seed 0 is no seed");
    assertRefused(d -> d.depth = 0, "depth must be at least 1, but is 0");
    assertRefused(d -> d.width = -3, "width must be at least 1, but is -3");
    assertRefused(d -> d.hiddenWidth = 0, "hidden width must be at least 1, but is 0");
    assertRefused(d -> d.initialization = "mzass", "There is no initializer 'mzass'");
    assertRefused(d -> d.learningRate = -1, "learning rate must be positive and finite, but is -1");
    assertRefused(d -> d.learningRate = Double.NaN, "must be positive and finite, but is NaN");
    assertRefused(d -> d.schedule = "step", "Known: constant, linear, cosine");
    assertRefused(d -> d.weightDecay = -1, "Weight decay must be at least 0");
    assertRefused(d -> d.iterations = 0, "at least 1 iteration, but has 0");
    assertRefused(d -> d.iterations = null, "either --iterations or --epochs");
    assertRefused(d -> d.epochs = 0, "--epochs must be at least 1, but is 0");
    assertRefused(d -> d.batchSize = -1, "--batch-size must be at least 1, or full, but is -1");
    assertRefused(d -> d.evaluateEvery = -1, "--evaluate-every and --checkpoint-every must not");
    assertRefused(d -> d.checkpointEvery = -2, "are 4 and -2");
    assertRefused(
        d -> d.kernel = "cuda2",
        "There is no kernel \"cuda2\" in this version; allowed are auto, "
            + String.join(", ", ExperimentSpec.kernels().subList(1, 3)));
  }

  @Test
  void a_run_is_as_long_as_its_iterations_or_its_epochs_and_not_both() {
    assertThatThrownBy(() -> new Optimization(Method.SGD, 0.1, "constant", 0.9, 0, 5, 2, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The length of a run is either --iterations or --epochs, not both.");
  }

  @Test
  void the_last_batch_of_an_epoch_may_be_ragged_and_counts() {
    ExperimentSpec spec =
        Experiments.fake(
            draft -> {
              draft.epochs = 3;
              draft.batchSize = 64;
              return draft;
            });

    assertThat(spec.iterationsOf(200)).isEqualTo(3 * 4);
    assertThat(spec.iterationsOf(192)).isEqualTo(3 * 3);
    assertThat(spec.iterationsOf(10)).isEqualTo(3);
    assertThat(spec.batchSizeOf(10)).isEqualTo(10);
    assertThat(spec.optimizerOf(200).iterations()).isEqualTo(12);
  }

  @Test
  void a_full_batch_is_the_whole_training_split() {
    ExperimentSpec spec =
        Experiments.fake(
            draft -> {
              draft.batchSize = 0;
              draft.epochs = 5;
              return draft;
            });

    assertThat(spec.batchSizeOf(200)).isEqualTo(200);
    assertThat(spec.iterationsOf(200)).isEqualTo(5);
  }

  @Test
  void about_twenty_evaluations_are_made_unless_told_otherwise() {
    ExperimentSpec spec =
        Experiments.fake(
            draft -> {
              draft.evaluateEvery = 0;
              return draft;
            });

    assertThat(spec.evaluationInterval(1500)).isEqualTo(75);
    assertThat(spec.evaluationInterval(7)).isEqualTo(1);
    assertThat(Experiments.fake().evaluationInterval(1500)).isEqualTo(4);
  }

  @Test
  void the_network_takes_inputs_and_classes_from_the_data() {
    var shape = Experiments.fake().networkFor(Experiments.dataset()).shape();

    assertThat(shape.inputs()).isEqualTo(64);
    assertThat(shape.classes()).isEqualTo(10);
    assertThat(shape.depth()).isEqualTo(6);
  }

  @Test
  void the_kernel_is_left_to_the_program_or_named() {
    assertThat(Experiments.fake().requestedKernel()).isEmpty();
    assertThat(varied().requestedKernel()).contains(KernelName.REFERENCE);
    assertThat(ExperimentSpec.kernels()).startsWith("auto").contains("reference", "nd4j");
  }
}
