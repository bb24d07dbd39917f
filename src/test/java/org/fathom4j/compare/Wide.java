package org.fathom4j.compare;

import java.util.function.DoubleUnaryOperator;

/**
 * A matrix m · 2^e with entries of m up to 2: beyond any double, with a double's precision.
 *
 * @param m entries by row
 * @param e common exponent
 */
record Wide(double[][] m, int e) {

  static Wide of(double[][] values) {
    return normalized(values, 0);
  }

  private static Wide normalized(double[][] values, int e) {
    double most = 0;
    for (double[] row : values) {
      for (double value : row) {
        most = Math.max(most, Math.abs(value));
      }
    }
    if (!Double.isFinite(most)) {
      throw new AssertionError("The direct look itself is not finite.");
    }
    if (most == 0) {
      return new Wide(values, 0);
    }
    // Of subnormal numbers the exponent is too small by up to 52.
    int shift = Math.getExponent(most) < Double.MIN_EXPONENT ? -1074 : Math.getExponent(most);
    return new Wide(each(values, value -> Math.scalb(value, -shift)), e + shift);
  }

  private static double[][] each(double[][] values, DoubleUnaryOperator f) {
    double[][] result = new double[values.length][values[0].length];
    for (int i = 0; i < result.length; i++) {
      for (int j = 0; j < result[i].length; j++) {
        result[i][j] = f.applyAsDouble(values[i][j]);
      }
    }
    return result;
  }

  int rows() {
    return m.length;
  }

  /** As doubles, infinite or zero where they cannot hold it. */
  double[][] values() {
    return each(m, value -> Math.scalb(value, e));
  }

  Wide times(Wide other) {
    double[][] product = new double[m.length][other.m[0].length];
    for (int i = 0; i < m.length; i++) {
      for (int k = 0; k < other.m.length; k++) {
        for (int j = 0; j < product[i].length; j++) {
          product[i][j] += m[i][k] * other.m[k][j];
        }
      }
    }
    return normalized(product, e + other.e);
  }

  Wide entrywise(Wide other) {
    double[][] product = new double[m.length][m[0].length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < product[i].length; j++) {
        product[i][j] = m[i][j] * other.m[i][j];
      }
    }
    return normalized(product, e + other.e);
  }

  Wide plus(Wide other) {
    int common = isZero() ? other.e : other.isZero() ? e : Math.max(e, other.e);
    double[][] sum = new double[m.length][m[0].length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < sum[i].length; j++) {
        sum[i][j] = Math.scalb(m[i][j], e - common) + Math.scalb(other.m[i][j], other.e - common);
      }
    }
    return normalized(sum, common);
  }

  /** Adds a number to every entry. */
  Wide plus(double number) {
    return number == 0 ? this : plus(of(each(m, any -> number)));
  }

  Wide scaled(double factor) {
    return normalized(each(m, value -> value * factor), e);
  }

  Wide transposed() {
    double[][] columns = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        columns[j][i] = m[i][j];
      }
    }
    return new Wide(columns, e);
  }

  Wide relu() {
    return normalized(each(m, value -> Math.max(0, value)), e);
  }

  /** The derivative of ReLU. */
  Wide step() {
    return of(each(m, value -> value > 0 ? 1 : 0));
  }

  Wide tanh() {
    return of(each(values(), Math::tanh));
  }

  /** The derivative of tanh where this is its value. */
  Wide tanhSlope() {
    return of(each(values(), h -> 1 - h * h));
  }

  Wide ones() {
    return of(each(m, any -> 1));
  }

  /** One column. */
  Wide rowSums() {
    double[][] sums = new double[m.length][1];
    for (int i = 0; i < m.length; i++) {
      for (double value : m[i]) {
        sums[i][0] += value;
      }
    }
    return normalized(sums, e);
  }

  /** One row. */
  Wide columnSum() {
    return transposed().rowSums().transposed();
  }

  private boolean isZero() {
    return largest() == Double.NEGATIVE_INFINITY;
  }

  /** log2 of the largest absolute entry. */
  double largest() {
    double most = 0;
    for (double[] row : m) {
      for (double value : row) {
        most = Math.max(most, Math.abs(value));
      }
    }
    return Math.log(most) / Math.log(2) + e;
  }

  /** Frobenius; infinite or zero where a double cannot hold it. */
  double norm() {
    double squares = 0;
    for (double[] row : m) {
      for (double value : row) {
        squares += value * value;
      }
    }
    return Math.scalb(Math.sqrt(squares), e);
  }
}
