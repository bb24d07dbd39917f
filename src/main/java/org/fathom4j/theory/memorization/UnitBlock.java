package org.fathom4j.theory.memorization;

import java.util.Arrays;

/**
 * Units that move chosen points to chosen places and leave all others where they are: x ↦ V ReLU(U
 * x + s).
 *
 * <pre>
 *   rows of U: α_a,   own_a = ‖α_a‖²
 *   other_a = max{0, ⟨α_a, x⟩ for every x that unit a must not see}
 *   s_a = −(own_a + other_a)/2:   own activation (own_a − other_a)/2, that of all others 0 exactly
 *   M_ab = ReLU(⟨α_a, α_b⟩ + s_a),  V = Δ M⁻¹,  columns of Δ: what to add at α_b
 * </pre>
 *
 * <p>In order of decreasing norm no unit fires at a later point, ⟨α_a, x⟩ ≤ ‖α_a‖‖x‖ &lt; ‖α_a‖²,
 * so that M is lower triangular with a positive diagonal. A unit may fire at an earlier, longer
 * one, and V takes account of it. Thresholds raised to keep units from that were tried: they cost
 * margin, and the largest error grew tenfold at k = 784.
 *
 * @param units k
 * @param inputs length of x
 * @param outputs length of what is added
 * @param transposed Uᵀ, [inputs, units], by rows
 * @param biases s
 * @param columns Vᵀ, [units, outputs], by rows
 * @param leastMargin min_a (own_a − other_a)/own_a
 */
record UnitBlock(
    int units,
    int inputs,
    int outputs,
    double[] transposed,
    double[] biases,
    double[] columns,
    double leastMargin) {

  /** Rows of Uᵀ that one pass of {@link #products} takes together. */
  private static final int UNROLLED = 8;

  /**
   * Builds the units.
   *
   * @param points α_1, …, α_k in order of decreasing norm
   * @param changes Δ: what to add at each
   * @param others for each unit the largest ⟨α_a, x⟩ over all points outside the block
   * @return null if two points cannot be told apart
   */
  static UnitBlock of(double[][] points, double[][] changes, double[] others) {
    int units = points.length;
    int inputs = points[0].length;
    int outputs = changes[0].length;
    double[] transposed = transpose(points);
    double[][] gram = new double[units][units]; // gram[b][a] = ⟨α_a, α_b⟩ as it will be computed
    for (int b = 0; b < units; b++) {
      products(points[b], 0, transposed, inputs, units, gram[b]);
    }
    double[] biases = new double[units];
    double leastMargin = Double.POSITIVE_INFINITY;
    for (int a = 0; a < units; a++) {
      double own = gram[a][a];
      double other = Math.max(0, others[a]);
      for (int b = a + 1; b < units; b++) {
        other = Math.max(other, gram[b][a]);
      }
      double limit = (own + other) / 2;
      for (int b = 0; b < a; b++) {
        if (gram[b][a] <= limit) {
          other = Math.max(other, gram[b][a]);
        }
      }
      if (!(other < own)) {
        return null;
      }
      biases[a] = -(own + other) / 2;
      leastMargin = Math.min(leastMargin, (own - other) / own);
      if (!(own + biases[a] > 0)) {
        return null; // the margin is below rounding
      }
    }
    double[] columns = new double[units * outputs];
    for (int b = units - 1; b >= 0; b--) { // column b of V M = Δ holds V_b, …, V_k only
      for (int o = 0; o < outputs; o++) {
        columns[b * outputs + o] = changes[b][o];
      }
      for (int a = b + 1; a < units; a++) {
        double activation = gram[b][a] + biases[a];
        if (activation > 0) {
          for (int o = 0; o < outputs; o++) {
            columns[b * outputs + o] -= columns[a * outputs + o] * activation;
          }
        }
      }
      double activation = gram[b][b] + biases[b];
      for (int o = 0; o < outputs; o++) {
        columns[b * outputs + o] /= activation;
      }
    }
    return new UnitBlock(units, inputs, outputs, transposed, biases, columns, leastMargin);
  }

  /**
   * y ← y + V ReLU(U x + s); the zeros of ReLU are not multiplied.
   *
   * @param x a point from {@code offset} on
   * @param y may be x
   * @param scratch of length {@code units} or more
   */
  void add(double[] x, int offset, double[] y, int yOffset, double[] scratch) {
    products(x, offset, transposed, inputs, units, scratch);
    for (int a = 0; a < units; a++) {
      double activation = scratch[a] + biases[a];
      if (activation > 0) {
        for (int o = 0; o < outputs; o++) {
          y[yOffset + o] += columns[a * outputs + o] * activation;
        }
      }
    }
  }

  static double[] transpose(double[][] rows) {
    double[] transposed = new double[rows.length * rows[0].length];
    for (int a = 0; a < rows.length; a++) {
      for (int c = 0; c < rows[a].length; c++) {
        transposed[c * rows.length + a] = rows[a][c];
      }
    }
    return transposed;
  }

  /** products[a] = Σ_c x[offset + c] · u[c, a]; the loops that the compiler makes vectors of. */
  static void products(
      double[] x, int offset, double[] u, int inputs, int units, double[] products) {
    Arrays.fill(products, 0, units, 0);
    int c = 0;
    for (; c + UNROLLED <= inputs; c += UNROLLED) {
      double x0 = x[offset + c];
      double x1 = x[offset + c + 1];
      double x2 = x[offset + c + 2];
      double x3 = x[offset + c + 3];
      double x4 = x[offset + c + 4];
      double x5 = x[offset + c + 5];
      double x6 = x[offset + c + 6];
      double x7 = x[offset + c + 7];
      int i0 = c * units;
      int i1 = i0 + units;
      int i2 = i1 + units;
      int i3 = i2 + units;
      int i4 = i3 + units;
      int i5 = i4 + units;
      int i6 = i5 + units;
      int i7 = i6 + units;
      for (int a = 0; a < units; a++) {
        products[a] +=
            ((x0 * u[i0 + a] + x1 * u[i1 + a]) + (x2 * u[i2 + a] + x3 * u[i3 + a]))
                + ((x4 * u[i4 + a] + x5 * u[i5 + a]) + (x6 * u[i6 + a] + x7 * u[i7 + a]));
      }
    }
    for (; c < inputs; c++) {
      double x0 = x[offset + c];
      int i0 = c * units;
      for (int a = 0; a < units; a++) {
        products[a] += x0 * u[i0 + a];
      }
    }
  }
}
