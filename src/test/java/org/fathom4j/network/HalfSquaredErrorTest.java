package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

class HalfSquaredErrorTest {

  private static final HalfSquaredError LOSS = new HalfSquaredError();
  private static final IActivation IDENTITY = new ActivationIdentity();
  private static final IActivation TANH = new ActivationTanH();

  // Two examples of three outputs: ½(1 + 4 + 0) = 2.5 and ½(0 + 1 + 9) = 5.
  private static final double[][] OUTPUT = {{1, 3, -2}, {0, -1, 3}};
  private static final double[][] LABEL = {{0, 1, -2}, {0, 0, 0}};

  @BeforeEach
  void checkGradientsInDouble() {
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
  }

  @AfterEach
  void restoreTheDefaultType() {
    Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
  }

  private static INDArray array(double[][] values, DataType type) {
    return Nd4j.createFromArray(values).castTo(type);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void the_loss_is_half_the_squared_distance_summed_over_outputs(DataType type) {
    INDArray losses =
        LOSS.computeScoreArray(array(LABEL, type), array(OUTPUT, type), IDENTITY, null);

    assertThat(losses.shape()).containsExactly(2, 1);
    assertThat(losses.dataType()).isEqualTo(type);
    assertThat(Specs.numbers(losses)).containsExactly(2.5, 5);
  }

  @Test
  void the_score_is_the_sum_over_examples_or_their_mean() {
    INDArray y = array(LABEL, DataType.DOUBLE);
    INDArray a = array(OUTPUT, DataType.DOUBLE);

    assertThat(LOSS.computeScore(y, a, IDENTITY, null, false)).isEqualTo(7.5);
    assertThat(LOSS.computeScore(y, a, IDENTITY, null, true)).isEqualTo(3.75);
  }

  @Test
  void the_gradient_is_output_minus_label() {
    INDArray gradient =
        LOSS.computeGradient(
            array(LABEL, DataType.DOUBLE), array(OUTPUT, DataType.DOUBLE), IDENTITY, null);

    assertThat(Specs.numbers(gradient)).containsExactly(1, 2, 0, 0, -1, 3);
  }

  @Test
  void the_gradient_agrees_with_finite_differences_through_an_activation() {
    INDArray y = array(LABEL, DataType.DOUBLE);
    INDArray a = array(OUTPUT, DataType.DOUBLE);
    INDArray gradient = LOSS.computeGradient(y, a.dup(), TANH, null);
    double h = 1e-5; // central differences: an error of the order of h² = 1e-10

    for (int i = 0; i < 2; i++) {
      for (int k = 0; k < 3; k++) {
        INDArray above = a.dup().putScalar(i, k, OUTPUT[i][k] + h);
        INDArray below = a.dup().putScalar(i, k, OUTPUT[i][k] - h);
        double difference =
            LOSS.computeScore(y, above, TANH, null, false)
                - LOSS.computeScore(y, below, TANH, null, false);
        assertThat(gradient.getDouble(i, k)).isCloseTo(difference / (2 * h), within(1e-8));
      }
    }
  }

  @Test
  void labels_are_not_modified_and_neither_is_a_readout_by_its_score() {
    INDArray y = array(LABEL, DataType.DOUBLE);
    INDArray a = array(OUTPUT, DataType.DOUBLE);

    LOSS.computeScore(y, a, TANH, null, true);
    assertThat(a).isEqualTo(array(OUTPUT, DataType.DOUBLE));
    LOSS.computeGradientAndScore(y, a, TANH, null, true);
    assertThat(y).isEqualTo(array(LABEL, DataType.DOUBLE));
  }

  @Test
  void a_mask_of_examples_leaves_out_examples() {
    INDArray y = array(LABEL, DataType.DOUBLE);
    INDArray a = array(OUTPUT, DataType.DOUBLE);
    INDArray mask = array(new double[][] {{0}, {1}}, DataType.DOUBLE);

    assertThat(Specs.numbers(LOSS.computeScoreArray(y, a, IDENTITY, mask))).containsExactly(0, 5);
    assertThat(Specs.numbers(LOSS.computeGradient(y, a, IDENTITY, mask)))
        .containsExactly(0, 0, 0, 0, -1, 3);
  }

  @Test
  void a_mask_of_outputs_leaves_out_outputs() {
    INDArray y = array(LABEL, DataType.DOUBLE);
    INDArray a = array(OUTPUT, DataType.DOUBLE);
    INDArray mask = array(new double[][] {{1, 0, 1}, {1, 1, 0}}, DataType.DOUBLE);

    assertThat(Specs.numbers(LOSS.computeScoreArray(y, a, IDENTITY, mask)))
        .containsExactly(0.5, 0.5);
    assertThat(Specs.numbers(LOSS.computeGradient(y, a, IDENTITY, mask)))
        .containsExactly(1, 0, 0, 0, -1, 0);
  }

  @Test
  void labels_of_another_type_are_read_as_the_network_s() {
    INDArray gradient =
        LOSS.computeGradient(
            array(LABEL, DataType.DOUBLE), array(OUTPUT, DataType.FLOAT), IDENTITY, null);

    assertThat(gradient.dataType()).isEqualTo(DataType.FLOAT);
  }

  @Test
  void labels_of_another_width_are_refused_with_both_widths() {
    INDArray narrow = array(new double[][] {{0, 1}, {1, 0}}, DataType.DOUBLE);

    assertThatThrownBy(
            () -> LOSS.computeGradient(narrow, array(OUTPUT, DataType.DOUBLE), IDENTITY, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Labels have 2 columns, but the output layer has 3 outputs. Give it one output a class.");
  }

  private static MultiLayerConfiguration network(Activation output) {
    return new NeuralNetConfiguration.Builder()
        .seed(Specs.SEED)
        .dataType(DataType.DOUBLE)
        .updater(new NoOp())
        .list()
        .layer(new DenseLayer.Builder().nIn(11).nOut(7).activation(Activation.TANH).build())
        .layer(new OutputLayer.Builder(LOSS).nIn(7).nOut(3).activation(output).build())
        .validateOutputLayerConfig(false)
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"IDENTITY", "TANH", "SOFTMAX"})
  void a_network_with_this_loss_passes_the_framework_s_gradient_check(Activation output) {
    MultiLayerNetwork net = new MultiLayerNetwork(network(output));
    net.init();
    DataSet batch = Specs.batch(DataType.DOUBLE);

    boolean passed =
        GradientCheckUtil.checkGradients(
            new GradientCheckUtil.MLNConfig()
                .net(net)
                .epsilon(1e-6)
                .maxRelError(1e-5)
                .minAbsoluteError(1e-10)
                .input(batch.getFeatures())
                .labels(batch.getLabels()));

    assertThat(passed).isTrue();
  }

  @Test
  void it_is_saved_with_a_configuration_and_equal_by_what_it_is() {
    MultiLayerConfiguration saved = network(Activation.IDENTITY);

    assertThat(MultiLayerConfiguration.fromJson(saved.toJson())).isEqualTo(saved);
    assertThat(LOSS).isEqualTo(new HalfSquaredError()).hasSameHashCodeAs(new HalfSquaredError());
    assertThat(LOSS).isNotEqualTo(Loss.MCXENT.function());
    assertThat(LOSS.name()).isEqualTo("HalfSquaredError()");
  }
}
