package org.fathom4j.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.data.DMatrixRMaj;

/** Comparisons of numbers and matrices that the tests of all rooms of the theory make. */
public final class NumberAssertions {

  private NumberAssertions() {}

  /** Every entry within an absolute tolerance. */
  public static void assertClose(DMatrixRMaj actual, DMatrixRMaj expected, double tolerance) {
    assertThat(actual.numRows).isEqualTo(expected.numRows);
    assertThat(actual.numCols).isEqualTo(expected.numCols);
    for (int i = 0; i < actual.numRows; i++) {
      for (int j = 0; j < actual.numCols; j++) {
        double difference = Math.abs(actual.get(i, j) - expected.get(i, j));
        if (!(difference <= tolerance)) {
          assertThat(actual.get(i, j))
              .as("entry %d, %d", i + 1, j + 1)
              .isCloseTo(expected.get(i, j), within(tolerance));
        }
      }
    }
  }

  /** Within a part of what is expected, and an absolute tolerance beside it. */
  public static void assertRelative(
      double actual, double expected, double relative, double absolute) {
    assertThat(actual).isCloseTo(expected, within(relative * Math.abs(expected) + absolute));
  }
}
