package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InitializationTest {

  private static final Target TARGET = Target.gaussian(3, 4);

  @Test
  void zeroAsymmetricIsTheIdentityBelowAZero() {
    LinearNetwork network = Initialization.parse("zas").network(TARGET, 4);
    for (int l = 1; l <= 3; l++) {
      assertClose(network.weight(l), CommonOps_DDRM.identity(3), 0);
    }
    assertClose(network.weight(4), new DMatrixRMaj(3, 3), 0);
    assertClose(
        Initialization.parse("zas:2").network(TARGET, 4).weight(2), new DMatrixRMaj(3, 3), 0);
  }

  @Test
  void aMillionZeroAsymmetricLayersShareTheirMatrices() {
    LinearNetwork network = Initialization.zas().network(TARGET, 1_000_000);
    assertThat(network.layer(1).matrix()).isSameAs(network.layer(999_999).matrix());
  }

  @Test
  void scaledIdentitiesMultiplyToThePower() {
    assertThat(Initialization.identity().network(TARGET, 7).product().data)
        .containsExactly(CommonOps_DDRM.identity(3).data);
    assertThat(Initialization.parse("scaled-identity:0.5").network(TARGET, 3).product().get(1, 1))
        .isEqualTo(0.125);
  }

  @Test
  void nearIdentityDrawsLayerByLayer() {
    LinearNetwork network = Initialization.parse("near-identity:9").network(TARGET, 2);
    PortableRandom random = new PortableRandom(9);
    for (int l = 1; l <= 2; l++) {
      DMatrixRMaj expected = random.normalMatrix(3, 3);
      CommonOps_DDRM.scale(Math.sqrt(1.0 / 6), expected);
      assertClose(network.deviation(l), expected, 1e-15);
    }
    assertThat(Initialization.parse("near-identity:9:0").network(TARGET, 2).product().data)
        .containsExactly(CommonOps_DDRM.identity(3).data);
  }

  @Test
  void nearZeroAsymmetricDisturbsZeroAsymmetric() {
    LinearNetwork network = Initialization.parse("near-zas:9:0.001").network(TARGET, 2);
    assertClose(network.weight(1), CommonOps_DDRM.identity(3), 0.01);
    assertClose(network.weight(2), new DMatrixRMaj(3, 3), 0.01);
    assertThat(network.weight(2).get(0, 0)).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 50})
  void balancedStartsAlignedWithTheTargetAndWithoutInvariants(int depth) {
    LinearNetwork network = Initialization.parse("balanced:0.3").network(TARGET, depth);
    DMatrixRMaj expected = new DMatrixRMaj(3, 3);
    CommonOps_DDRM.multTransB(
        0.3, TARGET.leftSingularVectors(), TARGET.rightSingularVectors(), expected);
    assertClose(network.product(), expected, 1e-14);
    for (int l = 1; l < depth; l++) {
      assertClose(Invariant.of(network, l), new DMatrixRMaj(3, 3), 1e-14);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zas",
        "zas:3",
        "identity",
        "scaled-identity:0.5",
        "near-identity:7",
        "near-identity:-7:0.1",
        "near-zas:7:0.01",
        "xavier:7",
        "balanced",
        "balanced:0.5"
      })
  void anInitializationIsParsedFromItsText(String text) {
    Initialization initialization = Initialization.parse(text);
    assertThat(initialization.text()).isEqualTo(text);
    assertThat(Initialization.parse(initialization.text())).isEqualTo(initialization);
    assertThat(initialization.network(TARGET, 5).depth()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "balancd           | There is no initialization 'balancd'. Did you mean 'balanced'?",
        "''                | There is no initialization ''",
        "zas:0             | 0 is not between 1 and",
        "zas:1:2           | has 2 values after its name",
        "identity:3        | has 1 values after its name",
        "near-identity     | has 0 values after its name. The forms are: zas[:LAYER], identity",
        "near-identity:x   | 'x' is not a whole number",
        "near-identity:1:-1 | it must not be negative",
        "near-identity:1:NaN | it must not be negative",
        "near-zas:1        | has 1 values",
        "balanced:0        | u_0 is positive",
        "scaled-identity:Infinity | is not finite"
      })
  void whatIsNoInitializationIsRefused(String text, String message) {
    assertThatThrownBy(() -> Initialization.parse(text))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zas",
        "identity",
        "near-identity:1",
        "near-zas:1:0.1",
        "xavier:1",
        "balanced",
        "scaled-identity:2"
      })
  void aNetworkHasAtLeastOneLayer(String text) {
    Initialization initialization = Initialization.parse(text);
    assertThatThrownBy(() -> initialization.network(TARGET, 0))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThat(initialization.network(TARGET, 1).depth()).isEqualTo(1);
    assertThatThrownBy(() -> Initialization.parse("zas:5").network(TARGET, 4))
        .hasMessage("zas:5 wants its zero in a layer that depth 4 does not have.");
  }
}
