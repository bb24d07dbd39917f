package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearNetworkTest {

  private static final Target TARGET = Target.gaussian(3, 11);

  @Test
  void lossAndGradientsAgreeWithTheGoldenValues() {
    JsonNode golden = Golden.get("gradient");
    LinearNetwork network =
        LinearNetwork.general(Golden.elements(golden.get("W")).map(Golden::matrix).toList());
    LinearNetwork.Gradients gradients = network.gradients(Golden.target(golden.get("Phi")));
    double tolerance = golden.get("tol_rel").asDouble();
    double loss = golden.get("R").asDouble();
    assertThat(gradients.loss()).isCloseTo(loss, within(tolerance * loss));
    for (int l = 0; l < network.depth(); l++) {
      assertClose(
          gradients.layers().get(l), Golden.matrix(golden.get("grads").get(l)), 10 * tolerance);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zas", "near-identity:3", "near-zas:4:0.1", "xavier:5", "balanced"})
  void gradientsAreTheSlopesOfTheLoss(String initialization) {
    int depth = 4;
    LinearNetwork network = Initialization.parse(initialization).network(TARGET, depth);
    LinearNetwork.Gradients gradients = network.gradients(TARGET);
    double h = 1e-6;
    for (int l = 1; l <= depth; l++) {
      for (int k = 0; k < 9; k++) {
        double slope = (lossWith(network, l, k, h) - lossWith(network, l, k, -h)) / (2 * h);
        assertThat(gradients.layers().get(l - 1).data[k])
            .as("layer %d, entry %d", l, k)
            .isCloseTo(slope, within(1e-7)); // third derivatives up to 1e4 times h²
      }
    }
  }

  private static double lossWith(LinearNetwork network, int layer, int entry, double change) {
    List<DMatrixRMaj> weights = weights(network);
    weights.get(layer - 1).data[entry] += change;
    return LinearNetwork.general(weights).loss(TARGET);
  }

  @Test
  void residualAndPlainStorageAreTheSameNetwork() {
    LinearNetwork residual = Initialization.parse("near-identity:3").network(TARGET, 6);
    LinearNetwork plain = LinearNetwork.general(weights(residual));
    LinearNetwork.Gradients one = residual.gradients(TARGET);
    LinearNetwork.Gradients other = plain.gradients(TARGET);
    assertThat(one.loss()).isCloseTo(other.loss(), within(1e-13));
    for (int l = 1; l <= 6; l++) {
      assertClose(one.layers().get(l - 1), other.layers().get(l - 1), 1e-13);
      assertClose(residual.weight(l), plain.weight(l), 0);
      assertClose(residual.deviation(l), plain.deviation(l), 1e-15);
    }
  }

  @Test
  void rectangularLayersHaveGradientsOfTheirShapes() {
    PortableRandom random = new PortableRandom(2);
    LinearNetwork network =
        LinearNetwork.general(
            List.of(
                random.normalMatrix(5, 3), random.normalMatrix(4, 5), random.normalMatrix(3, 4)));
    LinearNetwork.Gradients gradients = network.gradients(TARGET);
    assertThat(gradients.layers().get(1).numRows).isEqualTo(4);
    assertThat(gradients.layers().get(1).numCols).isEqualTo(5);
    for (int l = 1; l < 3; l++) { // W_{l+1}ᵀ G_{l+1} = G_l W_lᵀ (A.2)
      int n = network.weight(l).numRows;
      DMatrixRMaj left = new DMatrixRMaj(n, n);
      DMatrixRMaj right = new DMatrixRMaj(n, n);
      CommonOps_DDRM.multTransA(network.weight(l + 1), gradients.layers().get(l), left);
      CommonOps_DDRM.multTransB(gradients.layers().get(l - 1), network.weight(l), right);
      assertClose(left, right, 1e-10);
    }
  }

  @Test
  void tinyDeviationsKeepTheirDigitsAtDepthTenThousand() {
    int depth = 10_000;
    double a = 1.234_567_890_123_456e-9;
    DMatrixRMaj deviation = new DMatrixRMaj(new double[][] {{a}});
    LinearNetwork network = LinearNetwork.residual(Collections.nCopies(depth, deviation));
    // One rounding of P a layer, random in sign: far below 1e-12, where storing 1 + a would give
    // 1e-4·a.
    assertThat(network.product().get(0, 0) - 1)
        .isCloseTo(Math.expm1(depth * Math.log1p(a)), within(1e-12));
    assertThat(network.deviation(depth).get(0, 0)).isEqualTo(a);
  }

  @Test
  void theInvariantChangesInAStepByExactlyItsLaw() {
    for (String text : List.of("zas", "near-identity:3", "xavier:8")) {
      LinearNetwork network = Initialization.parse(text).network(TARGET, 5);
      double rate = 0.01;
      for (int t = 0; t < 3; t++) {
        LinearNetwork.Gradients gradients = network.gradients(TARGET);
        LinearNetwork next = network.step(gradients, rate);
        for (int l = 1; l < 5; l++) {
          DMatrixRMaj change = Invariant.of(next, l);
          CommonOps_DDRM.subtractEquals(change, Invariant.of(network, l));
          assertClose(change, Invariant.change(gradients, l, rate), 1e-14);
        }
        network = next;
      }
    }
  }

  @Test
  void zeroAsymmetricNetworksAreBalancedButForTheTop() {
    LinearNetwork network = Initialization.zas().network(TARGET, 4);
    DMatrixRMaj minusOne = CommonOps_DDRM.identity(3);
    CommonOps_DDRM.changeSign(minusOne);
    assertClose(Invariant.of(network, 1), new DMatrixRMaj(3, 3), 0);
    assertClose(Invariant.of(network, 2), new DMatrixRMaj(3, 3), 0);
    assertClose(Invariant.of(network, 3), minusOne, 0);
  }

  @Test
  void layersThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> LinearNetwork.general(List.of()))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("at least one layer");
    assertThatThrownBy(
            () -> LinearNetwork.general(List.of(new DMatrixRMaj(5, 3), new DMatrixRMaj(3, 4))))
        .hasMessage(
            "Layer 2 has 4 columns, but layer 1 has 5 rows; a layer takes what the one before it"
                + " gives.");
    assertThatThrownBy(() -> LinearNetwork.residual(List.of(new DMatrixRMaj(5, 3))))
        .hasMessageContaining("A is square");
    assertThatThrownBy(
            () -> LinearNetwork.residual(List.of(new DMatrixRMaj(new double[][] {{Double.NaN}}))))
        .hasMessageContaining("Layer 1 has an entry that is not a finite number");
    assertThatThrownBy(() -> Initialization.zas().network(TARGET, 3).loss(Target.minusIdentity(2)))
        .hasMessage("The network maps 3 numbers to 3, but the target minus-identity:2 is 2×2.");
    assertThatThrownBy(() -> Initialization.zas().network(TARGET, 3).weight(4))
        .hasMessage("There is no layer 4: layers are 1 to 3.");
  }

  private static List<DMatrixRMaj> weights(LinearNetwork network) {
    List<DMatrixRMaj> weights = new ArrayList<>();
    for (int l = 1; l <= network.depth(); l++) {
      weights.add(network.weight(l));
    }
    return weights;
  }

  @Test
  void layersOfAnotherRoomAreCheckedForTheirShapesButMayHaveDiverged() {
    DMatrixRMaj wide = new DMatrixRMaj(2, 3);
    assertThatThrownBy(() -> new LinearNetwork(List.of()))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("A linear network has at least one layer.");
    assertThatThrownBy(() -> new LinearNetwork(List.of(new LinearNetwork.Layer(wide, true))))
        .hasMessage("Layer 1 is I + A with A of 2×3; A is square.");
    assertThatThrownBy(
            () ->
                new LinearNetwork(
                    List.of(LinearNetwork.Layer.identity(2), new LinearNetwork.Layer(wide, false))))
        .hasMessageStartingWith("Layer 2 has 3 columns, but layer 1 has 2 rows");
    DMatrixRMaj diverged = new DMatrixRMaj(new double[][] {{Double.NaN}});
    LinearNetwork network = new LinearNetwork(List.of(new LinearNetwork.Layer(diverged, false)));
    assertThat(network.loss(Target.minusIdentity(1))).isNaN();
    assertThatThrownBy(() -> LinearNetwork.general(List.of(diverged)))
        .hasMessage("Layer 1 has an entry that is not a finite number.");
  }

  @Test
  void aNetworkIsItsVectorAndItsShape() {
    DMatrixRMaj first = new PortableRandom(3).normalMatrix(5, 3);
    DMatrixRMaj second = new PortableRandom(4).normalMatrix(2, 5);
    LinearNetwork network = LinearNetwork.general(List.of(first, second));
    double[] vector = network.toVector();
    assertThat(vector).hasSize(25).startsWith(first.data).endsWith(second.data);
    assertThat(network.size()).isEqualTo(25);
    vector[15] = 7; // the first entry of the second layer
    LinearNetwork changed = network.withVector(vector);
    assertThat(changed.weight(2).get(0, 0)).isEqualTo(7);
    assertThat(changed.weight(1).data).isEqualTo(first.data);
    assertThat(network.weight(2).data).isEqualTo(second.data); // not changed
  }

  @Test
  void aNetworkTooLargeForAnArraySaysSo() {
    LinearNetwork network =
        Initialization.identity().network(Target.minusIdentity(1000), 3000); // of one matrix
    assertThat(network.size()).isEqualTo(3_000_000_000L);
    assertThatThrownBy(network::toVector)
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("has 3000000000 numbers in its layers, more than an array holds");
  }
}
