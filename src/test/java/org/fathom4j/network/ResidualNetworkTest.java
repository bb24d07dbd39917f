package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.fathom4j.block.FlatUpdater;
import org.fathom4j.block.LinearResidualBlock;
import org.fathom4j.block.OnePassUpdate;
import org.fathom4j.block.ResidualBlock;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.block.ResidualStack;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.LawWeightInit;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class ResidualNetworkTest {

  static Stream<NetworkSpec> catalogue() {
    return Specs.catalogue();
  }

  private static MultiLayerConfiguration configuration(NetworkSpec spec) {
    return ResidualNetwork.configuration(spec, Specs.sgd(0.1), Specs.SEED);
  }

  private static MultiLayerNetwork network(NetworkSpec spec) {
    return ResidualNetwork.create(spec, Specs.sgd(0.1), Specs.SEED);
  }

  private static String[] names(NetworkSpec spec) {
    return configuration(spec).getConfs().stream()
        .map(conf -> conf.getLayer().getLayerName())
        .toArray(String[]::new);
  }

  @Test
  void a_stack_is_one_layer_between_embedding_and_readout() {
    NetworkSpec spec = Specs.of("mzas", Block.NONLINEAR, Layers.STACK, Precision.FLOAT);

    assertThat(names(spec)).containsExactly("embedding", "stack", "readout");
    assertThat(configuration(spec).getConf(1).getLayer()).isInstanceOf(ResidualStack.class);
  }

  @Test
  void blocks_are_numbered_from_one() {
    NetworkSpec nonlinear = Specs.of("mzas", Block.NONLINEAR, Layers.BLOCKS, Precision.FLOAT);
    NetworkSpec linear = Specs.of("mzas", Block.LINEAR, Layers.BLOCKS, Precision.FLOAT);

    assertThat(names(nonlinear))
        .containsExactly("embedding", "block1", "block2", "block3", "block4", "readout");
    assertThat(configuration(nonlinear).getConf(1).getLayer()).isInstanceOf(ResidualBlock.class);
    assertThat(configuration(linear).getConf(4).getLayer()).isInstanceOf(LinearResidualBlock.class);
  }

  @ParameterizedTest
  @MethodSource("catalogue")
  void embedding_and_readout_are_matrices_without_bias(NetworkSpec spec) {
    MultiLayerNetwork net = network(spec);

    assertThat(net.getLayer(0).paramTable()).containsOnlyKeys("W");
    assertThat(net.getLayer(0).getParam("W").shape()).containsExactly(11, 7);
    assertThat(net.getOutputLayer().paramTable()).containsOnlyKeys("W");
    assertThat(net.getOutputLayer().getParam("W").shape()).containsExactly(7, 3);
  }

  @ParameterizedTest
  @MethodSource("catalogue")
  void the_scheme_s_laws_reach_embedding_readout_and_blocks(NetworkSpec spec) {
    MultiLayerConfiguration conf = configuration(spec);
    BaseLayer embedding = (BaseLayer) conf.getConf(0).getLayer();
    BaseLayer readout = (BaseLayer) conf.getConf(conf.getConfs().size() - 1).getLayer();
    var scheme = spec.initialization();

    assertThat(embedding.getWeightInitFn())
        .isEqualTo(new LawWeightInit(scheme.embedding(Specs.SHAPE)));
    assertThat(readout.getWeightInitFn()).isEqualTo(new LawWeightInit(scheme.readout(Specs.SHAPE)));
    for (ResidualLayer layer : ResidualNetwork.residualLayers(network(spec))) {
      assertThat(layer.layerConf().getInitialization()).isEqualTo(scheme);
    }
  }

  @Test
  void laws_of_single_blocks_know_the_depth_of_the_whole_network() {
    // Fixup's V_l ~ N(0, 2/(L fan_in)): a block that took itself for the network would have L = 1.
    NetworkShape shape = new NetworkShape(11, 60, 50, 40, 3);
    NetworkSpec spec =
        Specs.of(
            shape,
            "fixup",
            Block.NONLINEAR,
            Activation.RELU,
            Loss.MSE,
            Layers.BLOCKS,
            Precision.DOUBLE);
    double sum = 0;
    for (ResidualLayer block : ResidualNetwork.residualLayers(network(spec))) {
      sum += Math.pow(block.parameter(0, ResidualParams.INNER).norm2Number().doubleValue(), 2);
    }

    double variance = sum / (40 * 60 * 50);
    // The relative deviation of a variance estimated from n = 120,000 normals is √(2/n) = 0.4 %.
    assertThat(variance).isCloseTo(2.0 / (40 * 60), within(0.02 * 2.0 / (40 * 60)));
  }

  @Test
  void losses_come_with_the_output_activation_they_need() {
    OutputLayer squared = (OutputLayer) configuration(Specs.of("mzas")).getConf(2).getLayer();
    OutputLayer entropy =
        (OutputLayer)
            configuration(
                    Specs.of(
                        Specs.SHAPE,
                        "mzas",
                        Block.NONLINEAR,
                        Activation.RELU,
                        Loss.MCXENT,
                        Layers.STACK,
                        Precision.FLOAT))
                .getConf(2)
                .getLayer();

    assertThat(squared.getLossFn()).isEqualTo(new HalfSquaredError());
    assertThat(squared.getActivationFn()).isInstanceOf(ActivationIdentity.class);
    assertThat(entropy.getLossFn()).isInstanceOf(LossMCXENT.class);
    assertThat(entropy.getActivationFn()).isInstanceOf(ActivationSoftmax.class);
  }

  @ParameterizedTest
  @MethodSource("catalogue")
  void a_configuration_survives_its_json(NetworkSpec spec) {
    MultiLayerConfiguration saved = configuration(spec);
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(saved.toJson());

    assertThat(read).isEqualTo(saved);
    assertThat(read.toJson()).isEqualTo(saved.toJson());
    MultiLayerNetwork fromRead = new MultiLayerNetwork(read);
    fromRead.init();
    assertThat(Specs.numbers(fromRead.params())).isEqualTo(Specs.numbers(network(spec).params()));
  }

  @Test
  void equal_seeds_give_equal_networks_and_others_do_not() {
    NetworkSpec spec = Specs.of("he");
    double[] one = Specs.numbers(ResidualNetwork.create(spec, Specs.sgd(0.1), 5).params());

    assertThat(Specs.numbers(ResidualNetwork.create(spec, Specs.sgd(0.1), 5).params()))
        .isEqualTo(one);
    assertThat(Specs.numbers(ResidualNetwork.create(spec, Specs.sgd(0.1), 6).params()))
        .isNotEqualTo(one);
    assertThat(Specs.numbers(ResidualNetwork.create(spec, Specs.sgd(0.1), -5).params()))
        .isNotEqualTo(one);
  }

  @Test
  void seed_zero_is_refused() {
    assertThatThrownBy(() -> ResidualNetwork.create(Specs.of("he"), Specs.sgd(0.1), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Seed 0 is no seed")
        .hasMessageContaining("Use any other number");
  }

  /** One update with decay and one without differ by ηλw on matrices, and by nothing on scalars. */
  @ParameterizedTest
  @MethodSource("catalogue")
  void weight_decay_reaches_matrices_and_nothing_else(NetworkSpec inFloat) {
    NetworkSpec spec =
        new NetworkSpec(
            inFloat.shape(),
            inFloat.block(),
            inFloat.activation(),
            inFloat.initialization(),
            inFloat.loss(),
            inFloat.layers(),
            Precision.DOUBLE);
    double eta = 0.01;
    double lambda = 0.3;
    DataSet batch = Specs.batch(DataType.DOUBLE);
    MultiLayerNetwork plain = ResidualNetwork.create(spec, Specs.sgd(eta), Specs.SEED);
    MultiLayerNetwork decayed =
        ResidualNetwork.create(
            spec, Specs.optimizer(OptimizerSpec.Method.SGD, eta, lambda), Specs.SEED);
    MultiLayerNetwork start = decayed.clone();
    plain.fit(batch);
    decayed.fit(batch);

    for (int i = 0; i < start.getnLayers(); i++) {
      for (String key : start.getLayer(i).paramTable().keySet()) {
        double factor = key.equals(ResidualParams.SCALARS) ? 0 : eta * lambda;
        INDArray expected = start.getLayer(i).getParam(key).mul(factor);
        INDArray found = plain.getLayer(i).getParam(key).sub(decayed.getLayer(i).getParam(key));
        // Weights of the order of 1 in double: differences are exact to some 1e-16.
        assertThat(found.sub(expected).amaxNumber().doubleValue())
            .as("%s of layer %d", key, i)
            .isLessThan(1e-14);
      }
    }
  }

  @Test
  void every_network_updates_in_one_pass_with_blocks_and_with_a_stack_and_after_cloning() {
    NetworkShape deep = new NetworkShape(11, 7, 5, 20, 3);
    MultiLayerNetwork blocks =
        network(
            Specs.of(
                deep,
                "mzas",
                Block.NONLINEAR,
                Activation.RELU,
                Loss.MSE,
                Layers.BLOCKS,
                Precision.FLOAT));
    MultiLayerNetwork copy = blocks.clone();
    ResidualNetwork.adopt(copy);

    for (MultiLayerNetwork net : List.of(blocks, network(Specs.of("mzas")), copy)) {
      assertThat(net.getUpdater().getClass().getEnclosingClass()).isEqualTo(OnePassUpdate.class);
    }
  }

  @Test
  void what_cannot_be_updated_in_one_pass_gets_the_updater_that_its_number_of_layers_needs() {
    for (int depth : new int[] {3, 20}) {
      NetworkShape shape = new NetworkShape(11, 7, 5, depth, 3);
      MultiLayerNetwork blocks =
          network(
              Specs.of(
                  shape,
                  "mzas",
                  Block.NONLINEAR,
                  Activation.RELU,
                  Loss.MSE,
                  Layers.BLOCKS,
                  Precision.FLOAT));
      blocks.clear(); // forgets its updater
      BaseLayer readout = (BaseLayer) blocks.getLayer(depth + 1).conf().getLayer();
      readout.setGradientNormalization(GradientNormalization.ClipL2PerLayer);
      ResidualNetwork.adopt(blocks);

      if (depth == 3) {
        assertThat(blocks.getUpdater()).isExactlyInstanceOf(MultiLayerUpdater.class);
      } else {
        assertThat(blocks.getUpdater().getClass().getEnclosingClass()).isEqualTo(FlatUpdater.class);
      }
    }
  }

  @Test
  void a_kernel_that_was_asked_for_is_the_kernel_that_runs() {
    MultiLayerNetwork net =
        network(Specs.of("mzas", Block.NONLINEAR, Layers.BLOCKS, Precision.FLOAT));
    ResidualNetwork.useKernel(net, KernelName.REFERENCE);

    assertThat(ResidualNetwork.kernelChoice(net).name()).isEqualTo(KernelName.REFERENCE);
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      assertThat(layer.kernelChoice().name()).isEqualTo(KernelName.REFERENCE);
    }
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void single_blocks_take_what_each_layer_takes_and_their_outputs(KernelName kernel) {
    MultiLayerNetwork blocks =
        ResidualNetwork.create(
            Specs.of("mzas", Block.NONLINEAR, Layers.BLOCKS, Precision.FLOAT),
            Specs.sgd(0.1),
            Specs.SEED);
    ResidualNetwork.useKernel(blocks, kernel);
    MemoryPlan one = ResidualNetwork.residualLayers(blocks).get(0).memoryPlan(1, 13, 1L << 40);
    MemoryPlan all = ResidualNetwork.memoryPlan(blocks, 1000, 13, 1L << 40);

    assertThat(all.bytes()).isEqualTo(1000 * (one.bytes() + 13 * 7 * 4));
    assertThat(ResidualNetwork.memoryPlan(blocks, 1000, 13, all.kind()).bytes())
        .isEqualTo(all.bytes());
    assertThat(all.reason()).contains("in each of 1,000 layers");
    assertThatThrownBy(() -> ResidualNetwork.memoryPlan(blocks, 1000, 13, 500_000))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("Each of 1,000 layers of one block")
        .hasMessageContaining("keep-all would take")
        .hasMessageContaining("--batch-size")
        .hasMessageContaining("--layers stack");
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void a_stack_takes_what_its_kernel_plans(KernelName kernel) {
    MultiLayerNetwork stack =
        ResidualNetwork.create(
            Specs.of("mzas", Block.NONLINEAR, Layers.STACK, Precision.FLOAT),
            Specs.sgd(0.1),
            Specs.SEED);
    ResidualNetwork.useKernel(stack, kernel);
    MemoryPlan plan = ResidualNetwork.memoryPlan(stack, 1000, 13, 1L << 40);

    assertThat(plan.bytes()).isGreaterThanOrEqualTo(1000L * 13 * (7 + 5) * 4);
    assertThatThrownBy(() -> ResidualNetwork.memoryPlan(stack, 1000, 13, 1000))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("keep-all would take");
    if (kernel != KernelName.FUSED) {
      assertThatThrownBy(() -> ResidualNetwork.useMemoryPlan(stack, MemoryPlan.Kind.RECOMPUTE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no memory plan recompute");
    }
  }

  @Test
  void a_plan_that_was_asked_for_decides_the_last_bits_of_minibatches_of_every_size() {
    NetworkShape shape = new NetworkShape(11, 7, 5, 40, 3);
    NetworkSpec spec =
        Specs.of(
            shape, "he", Block.NONLINEAR, Activation.TANH, Loss.MSE, Layers.STACK, Precision.FLOAT);
    for (int examples : new int[] {Specs.EXAMPLES, 2}) {
      List<double[]> gradients = new ArrayList<>();
      for (MemoryPlan.Kind kind : MemoryPlan.Kind.values()) {
        MultiLayerNetwork net = ResidualNetwork.create(spec, Specs.sgd(0.1), Specs.SEED);
        ResidualNetwork.useMemoryPlan(net, kind);
        DataSet batch = Specs.batch(DataType.FLOAT);
        net.setInput(batch.getFeatures());
        net.setLabels(batch.getLabels());
        net.computeGradientAndScore();
        net.setInput(batch.getFeatures().get(NDArrayIndex.interval(0, examples)));
        net.setLabels(batch.getLabels().get(NDArrayIndex.interval(0, examples)));
        net.computeGradientAndScore();
        gradients.add(Specs.numbers(net.getFlattenedGradients()));
      }
      double[] keepHidden = gradients.get(MemoryPlan.Kind.KEEP_HIDDEN.ordinal());
      double[] keepAll = gradients.get(MemoryPlan.Kind.KEEP_ALL.ordinal());
      assertThat(gradients.get(MemoryPlan.Kind.RECOMPUTE.ordinal())).isEqualTo(keepAll);
      assertThat(keepHidden).isNotEqualTo(keepAll);
    }
  }

  @Test
  void a_network_without_blocks_is_refused_where_blocks_are_asked_for() {
    MultiLayerNetwork stock =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(
                    new OutputLayer.Builder().nIn(3).nOut(2).activation(Activation.SOFTMAX).build())
                .build());
    stock.init();

    assertThatThrownBy(() -> ResidualNetwork.residualLayers(stock))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("This network has no residual layer.");
  }

  @Test
  void residual_layers_come_from_the_input_on() {
    MultiLayerNetwork net = network(Specs.of("mzas", Block.LINEAR, Layers.BLOCKS, Precision.FLOAT));

    assertThat(ResidualNetwork.residualLayers(net))
        .containsExactlyElementsOf(
            Arrays.stream(net.getLayers())
                .filter(ResidualLayer.class::isInstance)
                .map(ResidualLayer.class::cast)
                .toList());
    assertThat(ResidualNetwork.residualLayers(net)).extracting(Layer::getIndex).isSorted();
  }

  @Test
  void every_kernel_says_whether_it_can_run_here_and_why() {
    assertThat(KernelReport.all())
        .hasSize(KernelName.values().length)
        .allSatisfy(report -> assertThat(report.reason()).isNotBlank())
        .anySatisfy(report -> assertThat(report.usable()).isTrue());
  }

  @Test
  void the_catalogue_is_what_these_tests_go_through() {
    assertThat(catalogue().map(spec -> spec.initialization().name()).distinct())
        .containsExactlyElementsOf(Initializers.names());
  }
}
