package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.distribution.OrthogonalDistribution;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInitDistribution;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.BranchForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class ResidualParamsTest {

  private static final int DEPTH = 5;
  private static final int D = Nets.WIDTH;
  private static final int M = Nets.HIDDEN;

  private static <C extends ResidualConfiguration> C wide(C conf) {
    conf.setNIn(D);
    conf.setNOut(D);
    return conf;
  }

  private static NeuralNetConfiguration configurationOf(Layer layer) {
    return new NeuralNetConfiguration.Builder().layer(layer).build();
  }

  @Test
  void nonlinear_layers_store_all_V_before_all_U_before_the_scalars() {
    ResidualStack stack = Nets.scaled(wide(Nets.stack(DEPTH)), BranchForm.SCALED_AND_BIASED);
    ResidualParams params = ResidualParams.INSTANCE;
    assertThat(params.paramKeys(stack)).containsExactly("VW", "UW", "SW");
    assertThat(params.weightKeys(stack)).containsExactly("VW", "UW");
    assertThat(params.biasKeys(stack)).containsExactly("SW");
    assertThat(params.numParams(stack)).isEqualTo(DEPTH * (2 * D * M + 4));

    ResidualBlock plain = wide(Nets.block());
    assertThat(params.paramKeys(plain)).containsExactly("VW", "UW");
    assertThat(params.numParams(plain)).isEqualTo(2 * D * M);
  }

  @Test
  void linear_layers_store_one_matrix_a_block() {
    ResidualStack stack = Nets.scaled(wide(Nets.linearStack(DEPTH)), BranchForm.SCALED);
    ResidualParams params = ResidualParams.INSTANCE;
    assertThat(params.paramKeys(stack)).containsExactly("AW", "SW");
    assertThat(params.numParams(stack)).isEqualTo(DEPTH * (D * D + 1));
    assertThat(params.numParams(wide(Nets.linearBlock()))).isEqualTo(D * D);
  }

  @Test
  void without_a_hidden_width_the_hidden_layer_is_as_wide_as_the_stream() {
    ResidualBlock block = wide(new ResidualBlock.Builder().build());
    assertThat(ResidualParams.INSTANCE.numParams(block)).isEqualTo(2 * D * D);
  }

  @Test
  void views_alias_the_flat_array_in_C_order() {
    ResidualStack stack = Nets.scaled(wide(Nets.stack(DEPTH)), BranchForm.SCALED_AND_BIASED);
    NeuralNetConfiguration conf = configurationOf(stack);
    stack = (ResidualStack) conf.getLayer();
    long length = ResidualParams.INSTANCE.numParams(conf);
    // In the middle of a larger array, as in a network.
    INDArray all = Nd4j.arange(length + 30).castTo(DataType.FLOAT);
    INDArray flat = all.get(NDArrayIndex.interval(20, 20 + length));
    Map<String, INDArray> table = ResidualParams.INSTANCE.init(conf, flat, false);
    Map<String, INDArray> gradients = ResidualParams.INSTANCE.getGradientsFromFlattened(conf, flat);

    assertThat(table.keySet()).containsExactly("VW", "UW", "SW");
    assertThat(gradients.keySet()).containsExactly("VW", "UW", "SW");
    assertThat(conf.variables()).containsExactly("VW", "UW", "SW");
    assertThat(table.get("VW").shape()).containsExactly(DEPTH, D, M);
    assertThat(table.get("UW").shape()).containsExactly(DEPTH, M, D);
    assertThat(table.get("SW").shape()).containsExactly(DEPTH, 4);

    int offset = 20;
    for (int l = 0; l < DEPTH; l++) {
      for (int i = 0; i < D; i++) {
        for (int j = 0; j < M; j++) {
          assertThat(table.get("VW").getInt(l, i, j)).isEqualTo(offset + (l * D + i) * M + j);
          assertThat(gradients.get("UW").getInt(l, j, i))
              .isEqualTo(offset + DEPTH * D * M + (l * M + j) * D + i);
        }
      }
      INDArray block = ResidualParams.block(stack, table.get("UW"), l);
      assertThat(block.shape()).containsExactly(M, D);
      assertThat(block.getInt(2, 1)).isEqualTo(table.get("UW").getInt(l, 2, 1));
      assertThat(table.get("SW").getInt(l, 3)).isEqualTo(offset + 2 * DEPTH * D * M + 4 * l + 3);
    }
    ResidualParams.block(stack, table.get("VW"), DEPTH - 1).putScalar(D - 1, M - 1, -1);
    assertThat(all.getInt(offset + DEPTH * D * M - 1)).isEqualTo(-1);
  }

  @Test
  void a_block_beyond_the_stack_does_not_exist() {
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.FLOAT), Nets.stack(DEPTH));
    assertThatThrownBy(() -> Nets.residual(network).parameter(DEPTH, "VW"))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("no block 5 in a stack of 5");
    assertThatThrownBy(() -> Nets.residual(network).parameter(-1, "VW"))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void a_view_of_the_wrong_length_is_refused() {
    NeuralNetConfiguration conf = configurationOf(wide(Nets.stack(DEPTH)));
    assertThatThrownBy(
            () -> ResidualParams.INSTANCE.getGradientsFromFlattened(conf, Nd4j.create(17)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 210 parameters, but got a view of length 17");
  }

  @Test
  void parameters_of_another_layer_are_refused() {
    assertThatThrownBy(
            () ->
                ResidualParams.INSTANCE.numParams(new DenseLayer.Builder().nIn(2).nOut(3).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DenseLayer");
  }

  @Test
  void without_initialization_no_number_changes() {
    for (ResidualConfiguration layer :
        List.of(
            Nets.scaled(wide(Nets.stack(DEPTH)), BranchForm.SCALED_AND_BIASED),
            wide(Nets.linearBlock()))) {
      layer.setInitialization(new Schemes.Gaussian(1));
      NeuralNetConfiguration conf = configurationOf(layer);
      INDArray flat = Nd4j.valueArrayOf(ResidualParams.INSTANCE.numParams(conf), 42.0);
      ResidualParams.INSTANCE.init(conf, flat, false);
      assertThat(Nets.numbers(flat)).containsOnly(42);
    }
  }

  @Test
  void the_laws_of_a_scheme_reach_their_matrices_V_before_U_block_after_block() {
    Schemes.Recording scheme = new Schemes.Recording();
    ResidualStack stack = wide(Nets.stack(2));
    stack.setInitialization(scheme);
    stack.setNetworkDepth(12);
    NeuralNetConfiguration conf = configurationOf(stack);
    INDArray flat = Nd4j.create(DataType.DOUBLE, ResidualParams.INSTANCE.numParams(conf));
    Map<String, INDArray> table = ResidualParams.INSTANCE.init(conf, flat, true);

    assertThat(scheme.draws).containsExactly("V 7->3", "U 3->7", "V 7->3", "U 3->7");
    assertThat(scheme.shapes).allMatch(s -> s.equals(new NetworkShape(D, D, M, 12, D)));
    assertThat(Nets.numbers(table.get("VW"))).isEqualTo(ramps(1000, 3000));
    assertThat(Nets.numbers(table.get("UW"))).isEqualTo(ramps(2000, 4000));
  }

  private static double[] ramps(int... starts) {
    List<Double> numbers = new ArrayList<>();
    for (int start : starts) {
      for (int i = 0; i < D * M; i++) {
        numbers.add((double) (start + i));
      }
    }
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  @Test
  void linear_blocks_take_the_linear_law_and_the_depth_of_the_layer_by_default() {
    Schemes.Recording scheme = new Schemes.Recording();
    ResidualStack stack = wide(Nets.linearStack(3));
    stack.setInitialization(scheme);
    NeuralNetConfiguration conf = configurationOf(stack);
    INDArray flat = Nd4j.create(DataType.DOUBLE, ResidualParams.INSTANCE.numParams(conf));
    ResidualParams.INSTANCE.init(conf, flat, true);
    assertThat(scheme.draws).containsExactly("A 7->7", "A 7->7", "A 7->7");
    assertThat(scheme.shapes).allMatch(s -> s.depth() == 3);
  }

  @Test
  void equal_seeds_give_equal_networks_and_other_seeds_others() {
    double[] first = initialized(Nets.SEED, DataType.FLOAT);
    assertThat(initialized(Nets.SEED, DataType.FLOAT)).isEqualTo(first);
    assertThat(initialized(Nets.SEED + 1, DataType.FLOAT)).isNotEqualTo(first);
  }

  @Test
  void a_float_network_starts_from_the_rounded_numbers_of_the_double_one() {
    double[] inDouble = initialized(Nets.SEED, DataType.DOUBLE);
    double[] inFloat = initialized(Nets.SEED, DataType.FLOAT);
    for (int i = 0; i < inDouble.length; i++) {
      assertThat(inFloat[i]).isEqualTo((float) inDouble[i]);
    }
  }

  /** The numbers of a stack drawn alone, so that nothing else takes from the random stream. */
  private static double[] initialized(long seed, DataType type) {
    NeuralNetConfiguration conf =
        configurationOf(
            new ResidualStack.Builder()
                .depth(DEPTH)
                .width(D)
                .hiddenWidth(M)
                .initialization(new Schemes.Gaussian(1))
                .build());
    INDArray flat = Nd4j.create(type, ResidualParams.INSTANCE.numParams(conf));
    Nd4j.getRandom().setSeed(seed);
    ResidualParams.INSTANCE.init(conf, flat, true);
    return Nets.numbers(flat);
  }

  @Test
  void blocks_of_a_stack_are_drawn_independently() {
    double[] numbers = initialized(Nets.SEED, DataType.DOUBLE);
    assertThat(numbers).doesNotHaveDuplicates();
  }

  @Test
  void scalars_start_at_the_multiplier_of_the_scheme_and_at_zero() {
    ResidualStack stack =
        new ResidualStack.Builder()
            .depth(DEPTH)
            .hiddenWidth(M)
            .initialization(new Schemes.Gaussian(1).scalars(0.25, true, 0.1))
            .build();
    assertThat(stack.getBranchForm()).isEqualTo(BranchForm.SCALED_AND_BIASED);
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.FLOAT), stack);
    INDArray scalars = Nets.residual(network).getParam("SW");
    for (int l = 0; l < DEPTH; l++) {
      assertThat(Nets.numbers(scalars.getRow(l))).containsExactly(0.25, 0, 0, 0);
    }
  }

  @Test
  void a_linear_layer_takes_the_multiplier_alone_from_a_scheme_with_biases() {
    for (ResidualConfiguration layer :
        List.of(
            new LinearResidualBlock.Builder()
                .initialization(new Schemes.Gaussian(1).scalars(0, true, 1))
                .build(),
            new ResidualStack.Builder()
                .linear(true)
                .initialization(new Schemes.Gaussian(1).scalars(0, true, 1))
                .build())) {
      assertThat(layer.getBranchForm()).isEqualTo(BranchForm.SCALED);
      MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.FLOAT), layer);
      assertThat(Nets.numbers(Nets.residual(network).getParam("SW"))).containsExactly(0);
    }
  }

  @Test
  void the_first_and_the_last_block_draw_from_weightInit_alike() {
    MultiLayerNetwork network =
        Nets.network(Nets.Setting.of(DataType.DOUBLE), Nets.stack(400), Nets.linearStack(30));
    // Xavier: variance 2 / (fan in + fan out); 400·21 numbers, so 5 deviations are ±8 %.
    assertThat(variance(network.getLayer(1).getParam("VW"))).isCloseTo(0.2, within(0.016));
    assertThat(variance(network.getLayer(1).getParam("UW"))).isCloseTo(0.2, within(0.016));
    ResidualLayer linear = (ResidualLayer) network.getLayer(2);
    assertThat(Nets.numbers(linear.parameter(29, "AW")))
        .doesNotContain(0)
        .isNotEqualTo(Nets.numbers(linear.parameter(0, "AW")));
  }

  private static double variance(INDArray numbers) {
    return numbers.mul(numbers).meanNumber().doubleValue();
  }

  @Test
  void an_orthogonal_weightInit_makes_every_block_orthogonal() {
    IWeightInit orthogonal = new WeightInitDistribution(new OrthogonalDistribution(1));
    ResidualStack stack = Nets.linearStack(3);
    stack.setWeightInitFn(orthogonal);
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.DOUBLE), stack);
    for (int l = 0; l < 3; l++) {
      INDArray a = Nets.residual(network).parameter(l, "AW");
      assertThat(a.mmul(a.transpose()).distance2(Nd4j.eye(D).castTo(DataType.DOUBLE)))
          .isLessThan(1e-5); // the framework factorizes in single precision
    }
  }

  @ParameterizedTest
  @EnumSource(ScalarUpdater.class)
  void scalars_learn_at_the_multiple_of_the_learning_rate(ScalarUpdater row) {
    ResidualStack stack = Nets.scaled(wide(Nets.stack(2)), BranchForm.SCALED);
    stack.setIUpdater(row.updater);
    stack.setScalarLearningRateMultiplier(0.1);
    IUpdater ofScalars = stack.getUpdaterByParam("SW");
    IUpdater ofMatrices = stack.getUpdaterByParam("VW");
    assertThat(ofMatrices).isEqualTo(row.updater);
    assertThat(ofScalars.getClass()).isEqualTo(row.updater.getClass());
    assertThat(ofScalars.stateSize(8)).isEqualTo(row.updater.stateSize(8));
    for (int iteration : new int[] {0, 1, 7, 100}) {
      for (int epoch : new int[] {0, 3}) {
        assertThat(ofScalars.getLearningRate(iteration, epoch))
            .isEqualTo(0.1 * row.updater.getLearningRate(iteration, epoch));
      }
    }
    assertThat(ofScalars).isEqualTo(stack.getUpdaterByParam("SW")).isNotEqualTo(ofMatrices);
    assertThat(ofScalars.clone()).isEqualTo(ofScalars);
  }

  enum ScalarUpdater {
    CONSTANT(new Sgd(0.3)),
    ADAM(new Adam(0.01)),
    SCHEDULE(new Adam(new ExponentialSchedule(ScheduleType.ITERATION, 0.5, 0.9))),
    EPOCHS(new Sgd(new ExponentialSchedule(ScheduleType.EPOCH, 0.5, 0.9)));

    private final IUpdater updater;

    ScalarUpdater(IUpdater updater) {
      this.updater = updater;
    }
  }

  @Test
  void an_updater_without_learning_rate_stays_as_it_is() {
    ResidualStack stack = Nets.scaled(wide(Nets.stack(2)), BranchForm.SCALED);
    stack.setIUpdater(new NoOp());
    stack.setScalarLearningRateMultiplier(0.1);
    assertThat(stack.getUpdaterByParam("SW")).isEqualTo(new NoOp());
  }

  @Test
  void one_step_moves_scalars_a_tenth_as_far_when_their_rate_is_a_tenth() {
    INDArray whole = scalarStep(1);
    INDArray tenth = scalarStep(0.1);
    assertThat(whole.norm2Number().doubleValue()).isPositive();
    for (int i = 0; i < whole.length(); i++) {
      // Rounding of 1 - step to doubles.
      assertThat(tenth.getDouble(i)).isCloseTo(0.1 * whole.getDouble(i), within(1e-15));
    }
  }

  private static INDArray scalarStep(double multiplier) {
    ResidualStack stack =
        new ResidualStack.Builder()
            .depth(DEPTH)
            .hiddenWidth(M)
            .initialization(new Schemes.Gaussian(1).scalars(0.5, true, multiplier))
            .build();
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.DOUBLE), stack);
    INDArray scalars = Nets.residual(network).getParam("SW");
    INDArray before = scalars.dup();
    network.fit(Nets.data(DataType.DOUBLE));
    return scalars.sub(before);
  }

  @Test
  void weight_decay_and_l1_reach_matrices_but_not_scalars() {
    ResidualStack stack =
        new ResidualStack.Builder()
            .depth(2)
            .hiddenWidth(M)
            .initialization(new Schemes.Gaussian(1).scalars(0.5, true, 1))
            .build();
    MultiLayerNetwork network =
        Nets.network(Nets.Setting.of(DataType.FLOAT).with(b -> b.l1(0.1).weightDecay(0.2)), stack);
    ResidualConfiguration conf = (ResidualConfiguration) network.getLayer(1).conf().getLayer();
    for (String matrices : List.of("VW", "UW")) {
      assertThat(conf.getRegularizationByParam(matrices))
          .hasAtLeastOneElementOfType(L1Regularization.class)
          .hasAtLeastOneElementOfType(WeightDecay.class);
    }
    assertThat(conf.getRegularizationByParam("SW")).isNullOrEmpty();
  }
}
