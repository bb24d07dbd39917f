package org.fathom4j.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class LawWeightInitTest {

  private static final long SEED = 11_907;

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"DOUBLE", "FLOAT", "HALF"})
  void theMatrixIsTheLawsOwnDrawInEveryDataTypeAndOrder(DataType type) {
    // What the law draws from the generator seeded by ND4J's next long, entry by entry.
    Nd4j.getRandom().setSeed(SEED);
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(Nd4j.getRandom().nextLong());
    double[] expected = new double[21];
    NormalLaw.of(1, Fan.IN).fill(7, 3, random, expected);
    double epsilon = type == DataType.DOUBLE ? 0 : type == DataType.FLOAT ? 1e-7 : 1e-3;
    for (char order : new char[] {'f', 'c'}) {
      Nd4j.getRandom().setSeed(SEED);
      INDArray view = Nd4j.zeros(type, 1, 21);
      INDArray matrix =
          LawWeightInit.of(NormalLaw.of(1, Fan.IN)).init(7, 3, new long[] {7, 3}, order, view);
      assertThat(matrix.shape()).containsExactly(7, 3);
      assertThat(matrix.ordering()).isEqualTo(order);
      assertThat(matrix.dataType()).isEqualTo(type);
      for (int i = 0; i < 7; i++) {
        for (int j = 0; j < 3; j++) {
          double value = expected[i * 3 + j];
          assertThat(matrix.getDouble(i, j)).isCloseTo(value, within(epsilon * Math.abs(value)));
          // The same number lies in the view, where DL4J keeps its parameters.
          int flat = order == 'f' ? j * 7 + i : i * 3 + j;
          assertThat(view.getDouble(0, flat)).isEqualTo(matrix.getDouble(i, j));
        }
      }
    }
  }

  @Test
  void aPatternLiesInputByOutput() {
    INDArray matrix =
        LawWeightInit.of(new RepeatedIdentityLaw(2))
            .init(2, 5, new long[] {2, 5}, 'f', Nd4j.zeros(DataType.DOUBLE, 10));
    assertThat(matrix.toDoubleMatrix())
        .isDeepEqualTo(new double[][] {{2, 0, 2, 0, 2}, {0, 2, 0, 2, 0}});
  }

  @Test
  void aNetworkOfDenseLayersStartsFromTheLaws() {
    MultiLayerNetwork network = network(SEED);
    INDArray embedding = network.getParam("0_W");
    assertThat(embedding.shape()).containsExactly(300, 200);
    // Var(w²) = 2 Var(w)² for normal entries; five standard deviations of its mean.
    double meanSquare = embedding.mul(embedding).meanNumber().doubleValue();
    assertThat(meanSquare).isCloseTo(1.0 / 200, within(5.0 / 200 * Math.sqrt(2.0 / 60_000)));
    assertThat(network.getParam("1_W").amaxNumber().doubleValue()).isZero();
  }

  @Test
  void aNetworksSeedDecidesItsMatrices() {
    INDArray first = network(SEED).params();
    assertThat(network(SEED).params()).isEqualTo(first);
    assertThat(network(SEED + 1).params()).isNotEqualTo(first);
  }

  @Test
  void aNetworksJsonKeepsTheLaw() {
    MultiLayerConfiguration configuration = network(SEED).getLayerWiseConfigurations();
    MultiLayerConfiguration read = MultiLayerConfiguration.fromJson(configuration.toJson());
    assertThat(read).isEqualTo(configuration);
    IWeightInit kept = ((DenseLayer) read.getConf(0).getLayer()).getWeightInitFn();
    assertThat(kept).isEqualTo(LawWeightInit.of(NormalLaw.of(1, Fan.OUT)));
    MultiLayerNetwork again = new MultiLayerNetwork(read);
    again.init();
    assertThat(again.params()).isEqualTo(network(SEED).params());
  }

  @ParameterizedTest
  @CsvSource({
    "xavier, INNER",
    "xavier-uniform, READOUT",
    "he, OUTER",
    "mzas, EMBEDDING",
    "mzas, INNER",
    "mzas, OUTER",
    "identity, LINEAR",
    "near-identity, EMBEDDING",
    "near-identity, INNER",
    "hardt-ma, OUTER",
    "orthogonal, INNER",
    "zero, INNER",
    "idinit, OUTER",
    "stable, INNER",
    "fixup, READOUT",
    "rezero, EMBEDDING",
    "skipinit, READOUT"
  })
  void aLawThatLooksAtItsOwnMatrixOnlyIsUsableAlone(String text, NetworkMatrix matrix) {
    InitializationScheme scheme = Initializers.parse(text);
    assertThat(LawWeightInit.of(scheme, matrix).law())
        .isEqualTo(matrix.law(scheme, new NetworkShape(784, 64, 32, 10_000, 10)));
  }

  @ParameterizedTest
  @CsvSource({
    "near-identity, OUTER",
    "near-identity, LINEAR",
    "stable, OUTER",
    "stable:scaling=both, INNER",
    "fixup, INNER"
  })
  void aLawThatNeedsTheDepthIsRefused(String text, NetworkMatrix matrix) {
    InitializationScheme scheme = Initializers.parse(text);
    assertThatThrownBy(() -> LawWeightInit.of(scheme, matrix))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Initializer '" + scheme.name() + "' draws " + matrix.symbol())
        .hasMessageContaining("depends on the whole network")
        .hasMessageContaining("LawWeightInit.of(NetworkMatrix." + matrix.name() + ".law(scheme");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rezero", "skipinit"})
  void aBranchWhoseSchemeAddsScalarsIsRefused(String text) {
    InitializationScheme scheme = Initializers.parse(text);
    assertThatThrownBy(() -> LawWeightInit.of(scheme, NetworkMatrix.INNER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "' gives each residual branch trainable scalars");
  }

  @Test
  void aParameterThatIsNoDenseMatrixIsRefused() {
    LawWeightInit init = LawWeightInit.of(new HadamardLaw());
    INDArray view = Nd4j.zeros(DataType.FLOAT, 54);
    assertThatThrownBy(() -> init.init(27, 18, new long[] {2, 3, 3, 3}, 'c', view))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has the shape [2, 3, 3, 3] with fanIn=27 and fanOut=18")
        .hasMessageContaining("Use it on dense layers.");
    assertThatThrownBy(() -> init.init(6, 14, new long[] {6, 9}, 'f', view))
        .hasMessageContaining("[6, 9] with fanIn=6 and fanOut=14");
    assertThatThrownBy(() -> LawWeightInit.of(null)).hasMessageContaining("needs a law");
  }

  private static MultiLayerNetwork network(long seed) {
    InitializationScheme mzas = Initializers.parse("mzas");
    MultiLayerConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .dataType(DataType.FLOAT)
            .list()
            .layer(
                new DenseLayer.Builder()
                    .nIn(300)
                    .nOut(200)
                    .activation(Activation.IDENTITY)
                    .weightInit(LawWeightInit.of(mzas, NetworkMatrix.EMBEDDING))
                    .build())
            .layer(
                new OutputLayer.Builder(LossFunction.MSE)
                    .nIn(200)
                    .nOut(3)
                    .activation(Activation.IDENTITY)
                    .weightInit(LawWeightInit.of(mzas, NetworkMatrix.READOUT))
                    .build())
            .build();
    MultiLayerNetwork network = new MultiLayerNetwork(configuration);
    network.init();
    return network;
  }
}
