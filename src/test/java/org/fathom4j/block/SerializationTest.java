package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryType;
import org.deeplearning4j.nn.conf.memory.MemoryUseMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.KernelName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.BaseActivationFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class SerializationTest {

  private static final Nets.Setting ADAM = Nets.Setting.of(DataType.FLOAT).with(new Adam(0.01));

  @TempDir Path folder;

  /** Layers that together set every property. */
  private static Layer[] everyProperty() {
    return new Layer[] {
      new ResidualStack.Builder()
          .name("trunk")
          .depth(3)
          .hiddenWidth(Nets.HIDDEN)
          .networkDepth(12)
          .initialization(new Schemes.Gaussian(0.3).scalars(0.25, true, 0.1))
          .activation(new Bent(0.2))
          .updater(new Nesterovs(new ExponentialSchedule(ScheduleType.ITERATION, 0.1, 0.99), 0.9))
          .build(),
      new ResidualStack.Builder()
          .depth(2)
          .linear(true)
          .initialization(new Schemes.Gaussian(0.3).scalars(0, false, 2))
          .build(),
      new ResidualBlock.Builder().initialization(new Schemes.Gaussian(0.2)).build(),
      Nets.scaled(Nets.block(), BranchForm.SCALED),
      new LinearResidualBlock.Builder().networkDepth(40).build()
    };
  }

  @Test
  void a_configuration_is_equal_after_a_round_trip_through_JSON() {
    MultiLayerConfiguration conf = Nets.configuration(ADAM, everyProperty());
    MultiLayerConfiguration back = MultiLayerConfiguration.fromJson(conf.toJson());
    assertThat(back).isEqualTo(conf).hasSameHashCodeAs(conf);

    ResidualStack stack = (ResidualStack) back.getConf(1).getLayer();
    assertThat(stack.getDepth()).isEqualTo(3);
    assertThat(stack.isLinear()).isFalse();
    assertThat(stack.getHiddenWidth()).isEqualTo(Nets.HIDDEN);
    assertThat(stack.getNetworkDepth()).isEqualTo(12);
    assertThat(stack.getBranchForm()).isEqualTo(BranchForm.SCALED_AND_BIASED);
    assertThat(stack.getScalarLearningRateMultiplier()).isEqualTo(0.1);
    assertThat(stack.getInitialization())
        .isEqualTo(new Schemes.Gaussian(0.3).scalars(0.25, true, 0.1));
    assertThat(stack.getActivationFn()).isEqualTo(new Bent(0.2));
    assertThat(stack.getNIn()).isEqualTo(Nets.WIDTH);
    assertThat(stack.getNOut()).isEqualTo(Nets.WIDTH);
    assertThat(((ResidualStack) back.getConf(2).getLayer()).isLinear()).isTrue();
    assertThat(((ResidualConfiguration) back.getConf(4).getLayer()).getBranchForm())
        .isEqualTo(BranchForm.SCALED);
    assertThat(((ResidualConfiguration) back.getConf(5).getLayer()).getNetworkDepth())
        .isEqualTo(40);
  }

  @Test
  void a_graph_configuration_is_equal_after_a_round_trip_through_JSON() {
    ComputationGraphConfiguration conf = Nets.graphConfiguration(ADAM, everyProperty());
    assertThat(ComputationGraphConfiguration.fromJson(conf.toJson())).isEqualTo(conf);
  }

  @Test
  void a_stack_of_ten_thousand_blocks_is_one_short_entry_of_the_JSON() {
    String ten = Nets.configuration(ADAM, Nets.stack(10)).toJson();
    String tenThousand = Nets.configuration(ADAM, Nets.stack(10_000)).toJson();
    assertThat(tenThousand.length()).isEqualTo(ten.length() + 3);
  }

  @Test
  void configurations_that_differ_in_one_property_are_unequal() {
    assertThat(Nets.stack(3)).isEqualTo(Nets.stack(3)).hasSameHashCodeAs(Nets.stack(3));
    ResidualStack other = Nets.stack(3);
    other.setNetworkDepth(5);
    assertThat(Nets.stack(3))
        .isNotEqualTo(Nets.stack(4))
        .isNotEqualTo(Nets.linearStack(3))
        .isNotEqualTo(Nets.scaled(Nets.stack(3), BranchForm.SCALED))
        .isNotEqualTo(new ResidualStack.Builder().depth(3).hiddenWidth(4).build())
        .isNotEqualTo(
            new ResidualStack.Builder()
                .depth(3)
                .hiddenWidth(Nets.HIDDEN)
                .initialization(new Schemes.Gaussian(1))
                .build())
        .isNotEqualTo(other);
    assertThat((Object) Nets.block()).isNotEqualTo(Nets.stack(1));
    assertThat(Nets.stack(3).clone()).isEqualTo(Nets.stack(3));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void a_restored_network_takes_the_next_step_to_the_same_bits(DataType type) throws IOException {
    Nets.Setting setting = Nets.Setting.of(type).with(new Adam(0.01));
    MultiLayerNetwork network = Nets.network(setting, everyProperty());
    DataSet data = Nets.data(type);
    for (int i = 0; i < 3; i++) {
      network.fit(data);
    }
    File file = folder.resolve("model.zip").toFile();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file, true);

    assertThat(restored.getLayerWiseConfigurations())
        .isEqualTo(network.getLayerWiseConfigurations());
    assertThat(restored.params().dataType()).isEqualTo(type);
    assertThat(restored.getIterationCount()).isEqualTo(3);
    assertThat(Nets.numbers(restored.params())).isEqualTo(Nets.numbers(network.params()));
    assertThat(Nets.numbers(restored.updaterState()))
        .isEqualTo(Nets.numbers(network.updaterState()));

    network.fit(data);
    restored.fit(data);
    assertThat(Nets.numbers(restored.params())).isEqualTo(Nets.numbers(network.params()));

    FlatUpdater.install(restored);
    network.fit(data);
    restored.fit(data);
    assertThat(Nets.numbers(restored.params())).isEqualTo(Nets.numbers(network.params()));
  }

  @Test
  void a_restored_graph_takes_the_next_step_to_the_same_bits() throws IOException {
    ComputationGraph graph = Nets.graph(ADAM, everyProperty());
    DataSet data = Nets.data(DataType.FLOAT);
    graph.fit(data);
    File file = folder.resolve("graph.zip").toFile();
    ModelSerializer.writeModel(graph, file, true);
    ComputationGraph restored = ModelSerializer.restoreComputationGraph(file, true);
    assertThat(restored.getConfiguration()).isEqualTo(graph.getConfiguration());
    graph.fit(data);
    restored.fit(data);
    assertThat(Nets.numbers(restored.params())).isEqualTo(Nets.numbers(graph.params()));
  }

  @Test
  void a_clone_has_equal_configuration_parameters_and_updater_state() {
    MultiLayerNetwork network = Nets.network(ADAM, everyProperty());
    network.fit(Nets.data(DataType.FLOAT));
    MultiLayerNetwork clone = network.clone();
    assertThat(clone.getLayerWiseConfigurations()).isEqualTo(network.getLayerWiseConfigurations());
    assertThat(Nets.numbers(clone.params())).isEqualTo(Nets.numbers(network.params()));
    assertThat(Nets.numbers(clone.updaterState())).isEqualTo(Nets.numbers(network.updaterState()));
  }

  // Models saved by older versions: class names and keys are a file format.

  /**
   * The first number of the output for the input (0.1, 0.2, 0.3, 0.4), as the version that saved
   * the model computed it; {@link CompatModels} made the files.
   */
  @ParameterizedTest
  @CsvSource({
    "stack-0.1.zip, 0.5432646539108044",
    "blocks-0.1.zip, -1.1805478642706206",
  })
  void a_model_saved_by_an_older_version_still_computes_the_same(String name, double expected)
      throws IOException {
    MultiLayerNetwork network;
    try (InputStream in = getClass().getResourceAsStream("/compat/" + name)) {
      network = ModelSerializer.restoreMultiLayerNetwork(in, true);
    }
    INDArray output = network.output(CompatModels.input());
    // Sums may be taken in another order by another BLAS; doubles with some hundred operations.
    assertThat(output.getDouble(0, 0)).isCloseTo(expected, within(1e-12));
    assertThat(network.getIterationCount()).isEqualTo(2);
    assertThat(network.updaterState().length()).isEqualTo(2 * network.numParams());
    network.fit(Nets.data(DataType.DOUBLE));
    assertThat(network.score()).isFinite();
  }

  // What the framework tells about a layer

  @Test
  void the_summary_shows_a_stack_as_one_layer_with_its_parameters() {
    MultiLayerNetwork network = Nets.network(ADAM, Nets.scaled(Nets.stack(3), BranchForm.SCALED));
    String parameters = String.valueOf(3 * (2 * Nets.WIDTH * Nets.HIDDEN + 1));
    assertThat(network.summary())
        .contains("layer1 (ResidualLayer)", "7,7", parameters, "VW:{3,7,3}", "UW:{3,3,7}");
    assertThat(network.summary(InputType.feedForward(Nets.INPUTS))).contains(parameters);
    assertThat(Nets.graph(ADAM, Nets.stack(3)).summary()).contains("block0 (ResidualLayer)");
  }

  private record Memory(ResidualConfiguration layer, long parameters, long kept, long shared) {}

  static Stream<Memory> memories() {
    int d = Nets.WIDTH;
    int m = Nets.HIDDEN;
    return Stream.of(
        new Memory(Nets.stack(11), 11 * 2 * d * m, 11 * (d + 2 * m), 2 * (d + m)),
        new Memory(Nets.block(), 2 * d * m, d + 2 * m, 2 * (d + m)),
        new Memory(Nets.linearStack(11), 11 * d * d, 11 * d, 2 * d),
        new Memory(
            Nets.scaled(Nets.stack(5), BranchForm.SCALED_AND_BIASED),
            5 * (2 * d * m + 4),
            5 * (d + 2 * m),
            2 * (d + m)));
  }

  @ParameterizedTest
  @MethodSource("memories")
  void the_memory_report_counts_parameters_updater_state_and_what_passes_keep(Memory memory) {
    InputType stream = InputType.feedForward(Nets.WIDTH);
    ResidualConfiguration layer =
        (ResidualConfiguration) Nets.configuration(ADAM, memory.layer()).getConf(1).getLayer();
    LayerMemoryReport report = layer.getMemoryReport(stream);
    assertThat(bytes(report, MemoryType.PARAMETERS, 13)).isEqualTo(4 * memory.parameters());
    assertThat(bytes(report, MemoryType.PARAMATER_GRADIENTS, 13))
        .isEqualTo(4 * memory.parameters());
    assertThat(bytes(report, MemoryType.UPDATER_STATE, 13)).isEqualTo(8 * memory.parameters());
    assertThat(bytes(report, MemoryType.ACTIVATIONS, 13)).isEqualTo(4 * 13 * Nets.WIDTH);
    assertThat(bytes(report, MemoryType.WORKING_MEMORY_FIXED, 13)).isZero();
    assertThat(bytes(report, MemoryType.WORKING_MEMORY_VARIABLE, 13))
        .isEqualTo(4 * 13 * (memory.kept() + memory.shared()));
  }

  private static long bytes(LayerMemoryReport report, MemoryType type, int examples) {
    return report.getMemoryBytes(
        type, examples, MemoryUseMode.TRAINING, CacheMode.NONE, DataType.FLOAT);
  }

  @Test
  void the_memory_report_of_a_network_includes_its_stack() {
    MultiLayerConfiguration conf = Nets.configuration(ADAM, Nets.stack(11));
    InputType input = InputType.feedForward(Nets.INPUTS);
    assertThat(conf.getMemoryReport(input).toString()).contains("ResidualStack");
  }

  @Test
  void training_takes_the_memory_that_the_report_promises() {
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    ResidualStack stack = Nets.stack(500);
    stack.setActivationFn(Activation.RELU.getActivationFunction());
    MultiLayerNetwork network = Nets.network(ADAM, stack);
    Nets.residual(network).useKernel(KernelName.ND4J); // raw kernels plan memory of their own
    network.params().muli(0.01);
    for (int i = 0; i < 3; i++) { // workspaces learn their size
      network.fit(Nets.data(DataType.FLOAT, 64));
    }
    long held =
        Nd4j.getWorkspaceManager().getAllWorkspacesForCurrentThread().stream()
            .mapToLong(MemoryWorkspace::getCurrentSize)
            .sum();
    LayerMemoryReport report =
        network.getLayer(1).conf().getLayer().getMemoryReport(InputType.feedForward(Nets.WIDTH));
    long promised = bytes(report, MemoryType.WORKING_MEMORY_VARIABLE, 64);
    // Workspaces round up, and hold the arrays of the two other layers, below 2 % here.
    assertThat((double) held).isBetween(0.95 * promised, 1.25 * promised);
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
  }

  /** A user's own activation: a + c a³, saved by its class name. */
  public static final class Bent extends BaseActivationFunction {

    private static final long serialVersionUID = 1L;

    private double bend;

    /** For the framework's JSON. */
    public Bent() {}

    Bent(double bend) {
      this.bend = bend;
    }

    @Override
    public INDArray getActivation(INDArray in, boolean training) {
      return in.addi(in.mul(in).muli(in).muli(bend));
    }

    @Override
    public Pair<INDArray, INDArray> backprop(INDArray in, INDArray epsilon) {
      return new Pair<>(in.mul(in).muli(3 * bend).addi(1).muli(epsilon), null);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bent that && bend == that.bend;
    }

    @Override
    public int hashCode() {
      return Objects.hash(bend);
    }
  }
}
