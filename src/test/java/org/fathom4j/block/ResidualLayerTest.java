package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.NetworkUtils;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.KernelName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.common.primitives.Pair;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Residual layers in the daily life of the framework. */
class ResidualLayerTest {

  private static final Nets.Setting FLOAT = Nets.Setting.of(DataType.FLOAT);

  private static Layer[] everyKind() {
    return new Layer[] {
      Nets.scaled(Nets.stack(3), BranchForm.SCALED_AND_BIASED),
      Nets.block(),
      Nets.linearStack(2),
      Nets.scaled(Nets.linearBlock(), BranchForm.SCALED)
    };
  }

  // Training

  @Test
  void networks_train_to_the_same_bits_with_and_without_workspaces_in_list_and_graph() {
    Nets.Setting adam = FLOAT.with(new Adam(0.01));
    MultiLayerNetwork with = Nets.network(adam, everyKind());
    MultiLayerNetwork without = Nets.network(adam.with(WorkspaceMode.NONE), everyKind());
    ComputationGraph graph = Nets.graph(adam, everyKind());
    ComputationGraph graphWithout = Nets.graph(adam.with(WorkspaceMode.NONE), everyKind());
    double[] start = Nets.numbers(with.params());
    // 13 examples in batches of 5: the last one is ragged, and the next epoch starts large again.
    with.fit(batches(13), 3);
    without.fit(batches(13), 3);
    graph.fit(batches(13), 3);
    graphWithout.fit(batches(13), 3);
    double[] end = Nets.numbers(with.params());
    assertThat(end).isNotEqualTo(start).doesNotContain(Double.NaN);
    assertThat(Nets.numbers(without.params())).isEqualTo(end);
    assertThat(Nets.numbers(graph.params())).isEqualTo(end);
    assertThat(Nets.numbers(graphWithout.params())).isEqualTo(end);
  }

  @Test
  void the_asynchronous_iterator_trains_to_the_bits_of_single_batches() {
    MultiLayerNetwork byIterator = Nets.network(FLOAT, everyKind());
    MultiLayerNetwork byBatch = Nets.network(FLOAT, everyKind());
    byIterator.fit(new AsyncDataSetIterator(batches(13), 2));
    DataSetIterator batches = batches(13);
    while (batches.hasNext()) {
      byBatch.fit(batches.next());
    }
    assertThat(Nets.numbers(byIterator.params())).isEqualTo(Nets.numbers(byBatch.params()));
  }

  private static DataSetIterator batches(int examples) {
    return new ListDataSetIterator<>(Nets.data(DataType.FLOAT, examples).asList(), Nets.EXAMPLES);
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void inference_after_training_gives_what_training_saw(KernelName kernel) {
    MultiLayerNetwork network = Nets.network(FLOAT, everyKind());
    useKernel(network, kernel);
    network.fit(batches(13), 2);
    INDArray x = Nets.data(DataType.FLOAT).getFeatures();
    double[] inference = Nets.numbers(network.output(x, false));
    assertThat(Nets.numbers(network.output(x, true))).isEqualTo(inference);
    List<INDArray> activations = network.feedForward(x);
    assertThat(activations).hasSize(7);
    assertThat(Nets.numbers(activations.get(6))).isEqualTo(inference);
    assertThat(activations.get(3).shape()).containsExactly(Nets.EXAMPLES, Nets.WIDTH);
  }

  @Test
  void the_reference_kernel_trains_to_the_same_network_up_to_rounding() {
    Nets.Setting setting = Nets.Setting.of(DataType.DOUBLE);
    MultiLayerNetwork reference = Nets.network(setting, everyKind());
    MultiLayerNetwork nd4j = Nets.network(setting, everyKind());
    useKernel(reference, KernelName.REFERENCE);
    DataSet data = Nets.data(DataType.DOUBLE);
    for (int i = 0; i < 20; i++) {
      reference.fit(data);
      nd4j.fit(data);
    }
    double[] expected = Nets.numbers(nd4j.params());
    double[] found = Nets.numbers(reference.params());
    for (int i = 0; i < expected.length; i++) {
      // 20 steps that contract towards a minimum: rounding of 1e-16 hardly grows.
      assertThat(found[i]).isCloseTo(expected[i], within(1e-12));
    }
  }

  @Test
  void evaluate_counts_every_example() {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(Nets.SEED)
            .list()
            .layer(Nets.stack(2))
            .layer(
                new OutputLayer.Builder(LossFunction.MCXENT)
                    .nOut(3)
                    .activation(Activation.SOFTMAX)
                    .build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(Nets.INPUTS)).build());
    network.init();
    INDArray y = Nd4j.zeros(DataType.FLOAT, 13, 3);
    for (int n = 0; n < 13; n++) {
      y.putScalar(n, n % 3, 1);
    }
    DataSet data = new DataSet(Nets.data(DataType.FLOAT, 13).getFeatures(), y);
    Evaluation evaluation =
        network.evaluate(new ListDataSetIterator<>(data.asList(), Nets.EXAMPLES));
    assertThat(evaluation.getNumRowCounter()).isEqualTo(13);
    assertThat(evaluation.accuracy()).isBetween(0.0, 1.0);
  }

  @Test
  void a_clone_computes_the_same_and_trains_on_its_own() {
    MultiLayerNetwork network = Nets.network(FLOAT.with(new Adam(0.01)), everyKind());
    DataSet data = Nets.data(DataType.FLOAT);
    network.fit(data);
    MultiLayerNetwork clone = network.clone();
    assertThat(clone.getLayerWiseConfigurations()).isEqualTo(network.getLayerWiseConfigurations());
    double[] before = Nets.numbers(network.params());
    clone.fit(data);
    assertThat(Nets.numbers(network.params())).isEqualTo(before);
    network.fit(data);
    assertThat(Nets.numbers(network.params())).isEqualTo(Nets.numbers(clone.params()));
  }

  @Test
  void a_changed_learning_rate_reaches_matrices_and_scalars() {
    ResidualStack stack = Nets.scaled(Nets.stack(2), BranchForm.SCALED);
    stack.setScalarLearningRateMultiplier(0.1);
    MultiLayerNetwork network = Nets.network(FLOAT, stack);
    network.setLearningRate(0.02);
    ResidualConfiguration conf = (ResidualConfiguration) network.getLayer(1).conf().getLayer();
    assertThat(conf.getUpdaterByParam("VW").getLearningRate(0, 0)).isEqualTo(0.02);
    assertThat(conf.getUpdaterByParam("SW").getLearningRate(0, 0)).isEqualTo(0.1 * 0.02);
    assertThat(NetworkUtils.getLearningRate(network, 1)).isEqualTo(0.02);
  }

  @Test
  void a_max_norm_constraint_holds_on_single_blocks() {
    ResidualBlock block =
        new ResidualBlock.Builder()
            .hiddenWidth(Nets.HIDDEN)
            .constrainWeights(new MaxNormConstraint(0.3, 0))
            .build();
    MultiLayerNetwork network = Nets.network(FLOAT, block);
    Nets.randomize(network.params());
    network.fit(Nets.data(DataType.FLOAT));
    for (String key : List.of("VW", "UW")) {
      INDArray norms = network.getLayer(1).getParam(key).norm2(0);
      // The framework divides by the norm plus 1e-6.
      assertThat(norms.maxNumber().doubleValue()).isCloseTo(0.3, within(1e-5));
    }
  }

  // Passes on their own

  @Test
  void parameters_and_gradients_are_views_of_the_networks_flat_arrays() {
    MultiLayerNetwork network = Nets.network(FLOAT, everyKind());
    INDArray flat = network.params();
    flat.assign(Nd4j.arange(flat.length()).castTo(DataType.FLOAT));
    long embedding = network.getLayer(0).numParams();
    ResidualLayer layer = Nets.residual(network);
    assertThat(layer.getParam("VW").getInt(0, 0, 0)).isEqualTo((int) embedding);
    assertThat(layer.parameter(2, "VW").getInt(0, 0))
        .isEqualTo((int) embedding + 2 * Nets.WIDTH * Nets.HIDDEN);
    assertThat(layer.numParams()).isEqualTo(3 * (2 * Nets.WIDTH * Nets.HIDDEN + 4));

    network.initGradientsView();
    network.getFlattenedGradients().assign(3);
    assertThat(Nets.numbers(layer.gradientOf(2, "UW"))).containsOnly(3);
    layer.gradientOf(0, "VW").assign(5);
    assertThat(network.getFlattenedGradients().getDouble(embedding)).isEqualTo(5);
  }

  @Test
  void set_params_copies_a_flat_vector_in_the_order_of_params() {
    MultiLayerNetwork network = Nets.network(FLOAT, everyKind());
    ResidualLayer layer = Nets.residual(network);
    INDArray flat = Nd4j.arange(layer.numParams()).castTo(DataType.FLOAT);
    layer.setParams(flat);
    assertThat(Nets.numbers(layer.params())).isEqualTo(Nets.numbers(flat));
    layer.setParams(layer.params());
    assertThat(Nets.numbers(layer.params())).isEqualTo(Nets.numbers(flat));
    assertThatThrownBy(() -> layer.setParams(Nd4j.create(17)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("17");
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void a_backward_pass_after_inference_computes_the_forward_pass_again(KernelName kernel) {
    ResidualLayer layer =
        standalone(DataType.DOUBLE, Nets.scaled(Nets.stack(3), BranchForm.SCALED));
    layer.useKernel(kernel);
    INDArray x = Nd4j.randn(DataType.DOUBLE, Nets.EXAMPLES, Nets.WIDTH);
    INDArray epsilon = Nd4j.randn(DataType.DOUBLE, Nets.EXAMPLES, Nets.WIDTH);
    double[][] afterTraining = backward(layer, x, epsilon, true);
    double[][] afterInference = backward(layer, x, epsilon, false);
    assertThat(afterInference[0]).isEqualTo(afterTraining[0]);
    assertThat(afterInference[1]).isEqualTo(afterTraining[1]);

    // and twice after one forward pass
    Pair<Gradient, INDArray> again =
        layer.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces());
    assertThat(Nets.numbers(again.getSecond())).isEqualTo(afterTraining[1]);
    assertThat(again.getFirst().gradientForVariable().keySet()).containsExactly("VW", "UW", "SW");
  }

  private static double[][] backward(
      ResidualLayer layer, INDArray x, INDArray epsilon, boolean training) {
    LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
    layer.activate(x, training, none);
    layer.getGradientsViewArray().assign(12345);
    INDArray inputGradient = layer.backpropGradient(epsilon, none).getSecond();
    return new double[][] {
      Nets.numbers(layer.getGradientsViewArray()), Nets.numbers(inputGradient)
    };
  }

  /** A layer with gradient views, taken out of a network. */
  private static ResidualLayer standalone(DataType type, ResidualConfiguration conf) {
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(type), conf);
    Nets.randomize(network.params());
    network.initGradientsView();
    return Nets.residual(network);
  }

  @ParameterizedTest
  @EnumSource(
      value = WorkspaceMode.class,
      names = {"ENABLED", "NONE"})
  void errors_from_outside_give_the_gradient_of_the_loss_they_come_from(WorkspaceMode mode) {
    Nets.Setting setting = Nets.Setting.of(DataType.DOUBLE).with(mode);
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(Nets.SEED)
            .dataType(DataType.DOUBLE)
            .trainingWorkspaceMode(setting.workspaces())
            .inferenceWorkspaceMode(setting.workspaces())
            .activation(Activation.TANH)
            .list()
            .layer(new DenseLayer.Builder().nOut(Nets.WIDTH).build())
            .layer(Nets.stack(3));
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(Nets.INPUTS)).build());
    network.init();
    INDArray x = Nets.data(DataType.DOUBLE).getFeatures();
    INDArray c = Nd4j.randn(DataType.DOUBLE, Nets.EXAMPLES, Nets.WIDTH); // loss = Σ c ⊙ output
    network.setInput(x);
    network.feedForward(true, false);
    Pair<Gradient, INDArray> back = network.backpropGradient(c, LayerWorkspaceMgr.noWorkspaces());
    INDArray v = network.getParam("1_VW");
    double analytic = back.getFirst().getGradientFor("1_VW").getDouble(2, 4, 1);
    double h = 1e-6;
    double centre = v.getDouble(2, 4, 1);
    v.putScalar(new int[] {2, 4, 1}, centre + h);
    double above = network.output(x).mul(c).sumNumber().doubleValue();
    v.putScalar(new int[] {2, 4, 1}, centre - h);
    double below = network.output(x).mul(c).sumNumber().doubleValue();
    assertThat(analytic).isCloseTo((above - below) / (2 * h), within(1e-8));
    assertThat(back.getSecond().shape()).containsExactly(Nets.EXAMPLES, Nets.INPUTS);
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void input_and_errors_of_any_layout_and_type_are_taken_as_their_numbers_and_left_alone(
      KernelName kernel) {
    ResidualLayer layer = standalone(DataType.FLOAT, Nets.stack(3));
    layer.useKernel(kernel);
    INDArray x = Nd4j.arange(Nets.EXAMPLES * Nets.WIDTH).reshape(Nets.EXAMPLES, Nets.WIDTH);
    x = x.castTo(DataType.FLOAT).fmodi(5).subi(2); // small integers, exact in every type
    INDArray epsilon = x.mul(x).subi(1);
    double[][] expected = backward(layer, x, epsilon, true);
    double[] output = Nets.numbers(layer.activate(x, false, LayerWorkspaceMgr.noWorkspaces()));
    List<INDArray> sameInput = disguises(x);
    List<INDArray> sameEpsilon = disguises(epsilon);
    for (int i = 0; i < sameInput.size(); i++) {
      INDArray in = sameInput.get(i);
      INDArray errors = sameEpsilon.get(i);
      String what = in.dataType() + " " + in.shapeInfoToString();
      double[] inBefore = Nets.numbers(in);
      double[] errorsBefore = Nets.numbers(errors);
      double[][] found = backward(layer, in, errors, true);
      assertThat(found[0]).as(what).isEqualTo(expected[0]);
      assertThat(found[1]).as(what).isEqualTo(expected[1]);
      INDArray again = layer.activate(in, false, LayerWorkspaceMgr.noWorkspaces());
      assertThat(again.dataType()).isEqualTo(DataType.FLOAT);
      assertThat(Nets.numbers(again)).as(what).isEqualTo(output);
      assertThat(Nets.numbers(in)).as(what).isEqualTo(inBefore);
      assertThat(Nets.numbers(errors)).as(what).isEqualTo(errorsBefore);
    }
  }

  /** The same matrix in other layouts and types. */
  private static List<INDArray> disguises(INDArray x) {
    long n = x.size(0);
    long d = x.size(1);
    INDArray wide = Nd4j.valueArrayOf(new long[] {n, d + 4}, -99, DataType.FLOAT);
    INDArray columns = wide.get(NDArrayIndex.all(), NDArrayIndex.interval(2, d + 2)).assign(x);
    INDArray tall = Nd4j.valueArrayOf(new long[] {2 * n, d}, -99, DataType.FLOAT);
    INDArray everySecond =
        tall.get(NDArrayIndex.interval(0, 2, 2 * n), NDArrayIndex.all()).assign(x);
    INDArray long1 = Nd4j.valueArrayOf(new long[] {n + 3, d}, -99, DataType.FLOAT);
    INDArray offset = long1.get(NDArrayIndex.interval(3, n + 3), NDArrayIndex.all()).assign(x);
    return List.of(
        x.dup('f'),
        x.transpose().dup('c').transpose(),
        columns,
        everySecond,
        offset,
        x.castTo(DataType.DOUBLE),
        x.castTo(DataType.INT32),
        x.castTo(DataType.INT64),
        x.castTo(DataType.FLOAT16));
  }

  @Test
  void a_whole_network_takes_integer_and_fortran_ordered_input_at_its_first_layer() {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(Nets.SEED)
            .list()
            .layer(Nets.stack(2))
            .layer(
                new OutputLayer.Builder(LossFunction.MSE)
                    .nOut(Nets.OUTPUTS)
                    .activation(Activation.IDENTITY)
                    .build());
    MultiLayerNetwork network =
        new MultiLayerNetwork(list.setInputType(InputType.feedForward(Nets.INPUTS)).build());
    network.init();
    INDArray x = Nd4j.arange(20).reshape(5, 4).castTo(DataType.FLOAT).fmodi(3);
    INDArray y = Nets.data(DataType.FLOAT).getLabels();
    MultiLayerNetwork[] others = {network.clone(), network.clone()};
    network.fit(x, y);
    others[0].fit(x.castTo(DataType.INT32), y);
    others[1].fit(x.dup('f'), y);
    for (MultiLayerNetwork other : others) {
      assertThat(Nets.numbers(other.params())).isEqualTo(Nets.numbers(network.params()));
    }
  }

  @Test
  void a_double_network_is_double_while_the_default_type_is_float() {
    assertThat(Nd4j.dataType()).isEqualTo(DataType.FLOAT);
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.DOUBLE), everyKind());
    DataSet data = Nets.data(DataType.DOUBLE);
    network.fit(data);
    assertThat(network.params().dataType()).isEqualTo(DataType.DOUBLE);
    assertThat(network.output(data.getFeatures()).dataType()).isEqualTo(DataType.DOUBLE);
    // Not floats in disguise: the drawn numbers and the trained ones have more than 24 bits.
    int finer = 0;
    for (double p : Nets.numbers(network.getLayer(1).getParam("VW"))) {
      finer += p == (float) p ? 0 : 1;
    }
    assertThat(finer).isGreaterThan(50);
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void neither_the_input_of_the_layer_nor_that_of_the_network_is_modified(KernelName kernel) {
    // Layers after the first may modify their input in the framework; these must not.
    MultiLayerNetwork network = Nets.network(FLOAT, everyKind());
    useKernel(network, kernel);
    DataSet data = Nets.data(DataType.FLOAT);
    double[] x = Nets.numbers(data.getFeatures());
    List<INDArray> before = network.feedForwardToLayer(2, data.getFeatures(), true);
    List<INDArray> after = network.feedForwardToLayer(5, data.getFeatures(), true);
    for (int i = 0; i < before.size(); i++) {
      assertThat(Nets.numbers(after.get(i))).isEqualTo(Nets.numbers(before.get(i)));
    }
    network.fit(data);
    assertThat(Nets.numbers(data.getFeatures())).isEqualTo(x);
  }

  @Test
  void softmax_as_hidden_layer_works_along_the_row_of_each_example() {
    ResidualStack conf = Nets.stack(2);
    conf.setActivationFn(Activation.SOFTMAX.getActivationFunction());
    ResidualLayer layer = standalone(DataType.DOUBLE, conf);
    INDArray z = Nd4j.randn(DataType.DOUBLE, Nets.EXAMPLES, Nets.WIDTH);
    INDArray found = layer.activate(z, false, LayerWorkspaceMgr.noWorkspaces());
    for (int l = 0; l < 2; l++) {
      INDArray h = Transforms.softmax(z.mmul(layer.parameter(l, "VW")));
      z = z.add(h.mmul(layer.parameter(l, "UW")));
    }
    assertThat(found.distance2(z)).isLessThan(1e-14);
  }

  @Test
  void inspection_records_the_stream_and_changes_nothing() {
    MultiLayerNetwork network = Nets.network(FLOAT, Nets.stack(3));
    ResidualLayer layer = Nets.residual(network);
    INDArray x = Nets.data(DataType.FLOAT).getFeatures();
    List<INDArray> activations = network.feedForward(x);
    DepthProbe probe = DepthProbe.everyLayer(3);
    INDArray output = layer.inspect(activations.get(1), probe);
    assertThat(output.isAttached()).isFalse();
    assertThat(Nets.numbers(output)).isEqualTo(Nets.numbers(activations.get(2)));
    assertThat(probe.activationNorm(0))
        .isCloseTo(activations.get(1).norm2Number().doubleValue(), within(1e-5));
    assertThat(probe.activationNorm(3)).isCloseTo(output.norm2Number().doubleValue(), within(1e-5));
  }

  @Test
  void a_probe_sees_both_passes_of_training() {
    MultiLayerNetwork network = Nets.network(FLOAT, Nets.stack(3));
    DepthProbe probe = DepthProbe.everyLayer(3);
    Nets.residual(network).observe(probe);
    network.fit(Nets.data(DataType.FLOAT));
    for (int i = 0; i < 4; i++) {
      assertThat(probe.activationNorm(i)).isPositive().isFinite();
      assertThat(probe.gradientNorm(i)).isPositive().isFinite();
    }
    probe.reset();
    Nets.residual(network).observe(null);
    network.fit(Nets.data(DataType.FLOAT));
    assertThat(probe.activationNorm(0)).isNaN();
  }

  // Kernels

  @Test
  void the_chosen_kernel_and_its_reason_can_be_asked_for() {
    MultiLayerNetwork network = Nets.network(FLOAT, Nets.stack(2));
    ResidualLayer layer = Nets.residual(network);
    assertThat(layer.kernelChoice().name()).isEqualTo(KernelName.FUSED);
    layer.useKernel(KernelName.REFERENCE);
    assertThat(layer.kernelChoice().name()).isEqualTo(KernelName.REFERENCE);
    assertThat(layer.kernelChoice().reason()).isNotBlank();
  }

  @Test
  void a_kernel_that_does_not_know_the_activation_is_refused_and_the_old_one_stays() {
    ResidualStack stack = Nets.stack(2);
    stack.setActivationFn(Activation.SWISH.getActivationFunction());
    MultiLayerNetwork network = Nets.network(FLOAT, stack);
    ResidualLayer layer = Nets.residual(network);
    assertThatThrownBy(() -> layer.useKernel(KernelName.REFERENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not know this activation")
        .hasMessageContaining("nd4j");
    assertThat(layer.kernelChoice().name()).isEqualTo(KernelName.ND4J);
    network.fit(Nets.data(DataType.FLOAT));
  }

  private static void useKernel(MultiLayerNetwork network, KernelName kernel) {
    for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        residual.useKernel(kernel);
      }
    }
  }

  // Refusals

  @Test
  void a_minibatch_of_the_wrong_width_or_rank_is_refused_with_the_name_of_the_layer() {
    ResidualStack conf = Nets.stack(2);
    conf.setLayerName("trunk");
    ResidualLayer layer = standalone(DataType.FLOAT, conf);
    LayerWorkspaceMgr none = LayerWorkspaceMgr.noWorkspaces();
    for (INDArray wrong :
        List.of(Nd4j.create(5, 6), Nd4j.create(5, 7, 3), Nd4j.create(DataType.FLOAT, 7))) {
      assertThatThrownBy(() -> layer.activate(wrong, false, none))
          .isInstanceOf(DL4JInvalidInputException.class)
          .hasMessageContaining("width 7")
          .hasMessageContaining(java.util.Arrays.toString(wrong.shape()))
          .hasMessageContaining("layer name: trunk, layer index: 1");
    }
  }

  private record Refusal(String name, Consumer<ResidualStack> mistake, String... says) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Refusal> refusals() {
    return Stream.of(
        new Refusal(
            "dropout",
            s -> s.setIDropout(new Dropout(0.5)),
            "refuses dropout",
            "DropoutLayer before the stack"),
        new Refusal(
            "weight noise",
            s -> s.setWeightNoise(new DropConnect(0.5)),
            "refuses weight noise",
            "Remove weightNoise"),
        new Refusal(
            "constraints on a stack",
            s -> s.setConstraints(List.of(new MaxNormConstraint(1, 0))),
            "refuses constraints",
            "single ResidualBlock"),
        new Refusal(
            "nIn unlike nOut", s -> s.setNOut(11), "nIn=7 but nOut=11", "Set nOut=7", "DenseLayer"),
        new Refusal("depth 0", s -> s.setDepth(0), "depth 0", "Set depth to at least 1"),
        new Refusal("negative depth", s -> s.setDepth(-2), "depth -2"),
        new Refusal("negative hidden width", s -> s.setHiddenWidth(-500), "hidden width -500"),
        new Refusal("negative network depth", s -> s.setNetworkDepth(-1), "network depth -1"),
        new Refusal(
            "a network less deep than the stack",
            s -> s.setNetworkDepth(2),
            "has 3 blocks",
            "network depth is said to be 2",
            "at least 3"),
        new Refusal(
            "randomized ReLU",
            s -> s.setActivationFn(Activation.RRELU.getActivationFunction()),
            "refuses the randomized ReLU",
            "LEAKYRELU"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void what_makes_no_sense_on_a_residual_stream_is_refused_with_the_cure(Refusal refusal) {
    ResidualStack stack = Nets.stack(3);
    stack.setLayerName("trunk");
    refusal.mistake().accept(stack);
    assertThatThrownBy(() -> Nets.network(FLOAT, stack))
        .isInstanceOf(DL4JInvalidConfigException.class)
        .hasMessageContaining("ResidualStack (index=1, name=trunk)")
        .message()
        .contains(refusal.says());
    assertThatThrownBy(() -> Nets.graph(FLOAT, stack))
        .isInstanceOf(DL4JInvalidConfigException.class)
        .message()
        .contains(refusal.says());
  }

  @Test
  void dropout_weight_noise_and_constraints_of_the_whole_network_are_refused_too() {
    assertThatThrownBy(() -> Nets.network(FLOAT.with(b -> b.dropOut(0.5)), Nets.block()))
        .isInstanceOf(DL4JInvalidConfigException.class)
        .hasMessageContaining("ResidualBlock (index=1, name=layer1) refuses dropout")
        .hasMessageContaining("global configuration");
    assertThatThrownBy(
            () -> Nets.network(FLOAT.with(b -> b.weightNoise(new DropConnect(0.5))), Nets.block()))
        .isInstanceOf(DL4JInvalidConfigException.class)
        .hasMessageContaining("refuses weight noise");
    assertThatThrownBy(
            () ->
                Nets.network(
                    FLOAT.with(b -> b.constrainWeights(new MaxNormConstraint(1, 0))),
                    Nets.stack(2)))
        .isInstanceOf(DL4JInvalidConfigException.class)
        .hasMessageContaining("refuses constraints");
  }

  @Test
  void a_layer_without_a_width_says_how_to_give_it_one() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(Nets.stack(2))
                .layer(new OutputLayer.Builder().nIn(4).nOut(2).build())
                .build());
    assertThatThrownBy(network::init)
        .isInstanceOf(DL4JInvalidConfigException.class)
        .hasMessageContaining("ResidualStack (index=0, name=layer0)")
        .hasMessageContaining("setInputType");
  }

  // Masks and input types

  @Test
  void masked_examples_leave_no_trace_in_the_gradient() {
    MultiLayerNetwork masked = Nets.network(FLOAT, everyKind());
    MultiLayerNetwork other = Nets.network(FLOAT, everyKind());
    DataSet data = Nets.data(DataType.FLOAT);
    INDArray mask = Nd4j.createFromArray(new float[][] {{1}, {1}, {0}, {1}, {0}});
    INDArray changed = data.getFeatures().dup();
    changed.getRow(2).assign(100);
    changed.getRow(4).assign(-3);
    masked.fit(new DataSet(data.getFeatures(), data.getLabels(), null, mask));
    other.fit(new DataSet(changed, data.getLabels(), null, mask));
    assertThat(Nets.numbers(other.params())).isEqualTo(Nets.numbers(masked.params()));
  }

  static Stream<InputType> flattened() {
    return Stream.of(
        InputType.feedForward(30),
        InputType.convolutionalFlat(5, 3, 2),
        InputType.convolutional(5, 3, 2));
  }

  @ParameterizedTest
  @MethodSource("flattened")
  void images_are_flattened_in_front_of_a_stack_whose_width_follows(InputType type) {
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(Nets.SEED)
            .list()
            .layer(Nets.stack(2))
            .layer(
                new OutputLayer.Builder(LossFunction.MSE)
                    .nOut(Nets.OUTPUTS)
                    .activation(Activation.IDENTITY)
                    .build());
    MultiLayerNetwork network = new MultiLayerNetwork(list.setInputType(type).build());
    network.init();
    ResidualConfiguration conf = (ResidualConfiguration) network.getLayer(0).conf().getLayer();
    assertThat(conf.getNIn()).isEqualTo(30);
    assertThat(conf.getNOut()).isEqualTo(30);
    INDArray x = Nd4j.randn(DataType.FLOAT, Nets.EXAMPLES, 30);
    if (type.getType() == InputType.Type.CNN) {
      x = x.reshape(Nets.EXAMPLES, 2, 5, 3);
    }
    INDArray before = network.params().dup();
    network.fit(x, Nets.data(DataType.FLOAT).getLabels());
    assertThat(network.params().distance2(before)).isPositive().isFinite();
  }

  @Test
  void time_series_pass_step_by_step() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(Nets.SEED)
                .list()
                .layer(Nets.stack(2))
                .layer(
                    new RnnOutputLayer.Builder(LossFunction.MSE)
                        .nOut(Nets.OUTPUTS)
                        .activation(Activation.IDENTITY)
                        .build())
                .setInputType(InputType.recurrent(Nets.INPUTS, 6))
                .build());
    network.init();
    INDArray x = Nd4j.randn(DataType.FLOAT, Nets.EXAMPLES, Nets.INPUTS, 6);
    INDArray y = Nd4j.randn(DataType.FLOAT, Nets.EXAMPLES, Nets.OUTPUTS, 6);
    network.fit(x, y);
    assertThat(network.output(x).shape()).containsExactly(Nets.EXAMPLES, Nets.OUTPUTS, 6);
  }

  @Test
  void an_explicit_width_that_contradicts_the_input_is_refused() {
    List<ResidualConfiguration> layers = new ArrayList<>();
    layers.add(new ResidualBlock.Builder().width(11).build());
    layers.add(new ResidualStack.Builder().width(11).linear(true).build());
    for (ResidualConfiguration layer : layers) {
      assertThatThrownBy(() -> Nets.network(FLOAT, layer))
          .isInstanceOf(DL4JInvalidConfigException.class)
          .hasMessageContaining("nIn=7 but nOut=11")
          .hasMessageContaining("put a DenseLayer of width 11 before the first block");
    }
  }
}
