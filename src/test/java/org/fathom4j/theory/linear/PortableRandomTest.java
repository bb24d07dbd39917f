package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.fathom4j.theory.Golden;
import org.junit.jupiter.api.Test;

class PortableRandomTest {

  private static final JsonNode GOLDEN = Golden.get("rng");
  private static final long SEED = GOLDEN.get("seed").asLong();

  @Test
  void theBitsAreThoseOfTheOtherImplementation() {
    PortableRandom random = new PortableRandom(SEED);
    Golden.elements(GOLDEN.get("u64"))
        .forEach(
            bits -> assertThat(Long.toUnsignedString(random.nextLong())).isEqualTo(bits.asText()));
  }

  @Test
  void theUniformNumbersAreThoseOfTheOtherImplementation() {
    PortableRandom random = new PortableRandom(SEED);
    for (double uniform : Golden.numbers(GOLDEN.get("uniform"))) {
      assertThat(random.nextUniform()).isEqualTo(uniform);
    }
  }

  @Test
  void theNormalNumbersAreThoseOfTheOtherImplementation() {
    PortableRandom random = new PortableRandom(SEED);
    for (double normal : Golden.numbers(GOLDEN.get("normal"))) {
      assertThat(random.nextNormal()).isCloseTo(normal, within(1e-15)); // log, cos: an ulp each
    }
  }

  @Test
  void aMatrixIsFilledRowByRow() {
    PortableRandom random = new PortableRandom(SEED);
    double[] row = new PortableRandom(SEED).normalMatrix(2, 3).data;
    for (double entry : row) {
      assertThat(entry).isEqualTo(random.nextNormal());
    }
  }

  @Test
  void normalNumbersHaveTheMomentsOfTheNormalLaw() {
    PortableRandom random = new PortableRandom(5);
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (int i = 0; i < n; i++) {
      double x = random.nextNormal();
      sum += x;
      squares += x * x;
      fourth += x * x * x * x;
    }
    // Five standard errors: sqrt(1/n), sqrt(2/n), sqrt(96/n).
    assertThat(sum / n).isCloseTo(0, within(5 * Math.sqrt(1.0 / n)));
    assertThat(squares / n).isCloseTo(1, within(5 * Math.sqrt(2.0 / n)));
    assertThat(fourth / n).isCloseTo(3, within(5 * Math.sqrt(96.0 / n)));
  }
}
