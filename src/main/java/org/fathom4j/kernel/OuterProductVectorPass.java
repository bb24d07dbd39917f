package org.fathom4j.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weight gradients of tiny blocks: sums over examples, which lie along the lanes, of every feature
 * of x times every feature of y.
 *
 * <pre>
 *   S_b[i][j] = Σ_n x_b[i][n] y_b[j][n]      for the blocks b of a run
 * </pre>
 *
 * <p>Products are added up lane by lane and written; four numbers of each are added at a time to
 * the next, and what is left, four numbers, one by one: JDK 17 has no fast way to add across the
 * lanes of a vector.
 */
final class OuterProductVectorPass {

  private static final VectorSpecies<Float> SPECIES = FloatVectorPass.SPECIES;
  private static final int LANES = SPECIES.length();

  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final int FOURTH = FOUR.length();
  private static final Class<?> FOUR_CLASS = FloatVector.zero(FOUR).getClass();

  /**
   * Features of y that share the load of a feature of x. C2 stops to inline, and makes objects of
   * vectors, where a method has more than some thirty operations on them.
   */
  private static final int TILE = 4;

  /** Blocks whose products are written before the first is read: they stay in the first cache. */
  private static final int BATCH = 8;

  private final int xCount;
  private final int yCount;
  private final int rows;
  private final float[] products; // [block of a batch, xCount, yCount, LANES], then […, 4]

  /**
   * @param xCount features of x
   * @param yCount features of y
   * @param rows examples, whole vectors; feature i starts {@code i·rows} after feature 0
   */
  OuterProductVectorPass(int xCount, int yCount, int rows) {
    this.xCount = xCount;
    this.yCount = yCount;
    this.rows = rows;
    products = new float[BATCH * xCount * yCount * LANES];
  }

  /**
   * @param x feature 0 of block 0 is at {@code xAt}, that of block b {@code b·xStep} further
   * @param sums receives [blocks, xCount, yCount]
   */
  void apply(
      int blocks, float[] x, int xAt, int xStep, float[] y, int yAt, int yStep, float[] sums) {
    int pairs = xCount * yCount;
    for (int first = 0; first < blocks; first += BATCH) {
      int count = Math.min(BATCH, blocks - first);
      for (int b = 0; b < count; b++) {
        multiply(x, xAt + (first + b) * xStep, y, yAt + (first + b) * yStep, b * pairs * LANES);
      }
      fold(count * pairs);
      add(count * pairs, sums, first * pairs);
    }
  }

  private void multiply(float[] x, int xAt, float[] y, int yAt, int to) {
    for (int i = 0; i < xCount; i++) {
      int xi = xAt + i * rows;
      int j = 0;
      for (; j + TILE <= yCount; j += TILE) {
        int yj = yAt + j * rows;
        int at = to + (i * yCount + j) * LANES;
        tile(x, xi, y, yj, at);
      }
      for (; j < yCount; j++) {
        int yj = yAt + j * rows;
        int at = to + (i * yCount + j) * LANES;
        pair(x, xi, y, yj, at);
      }
    }
  }

  /** One feature of x with four of y. */
  private void tile(float[] x, int x0, float[] y, int y0, int to) {
    int y1 = y0 + rows;
    int y2 = y1 + rows;
    int y3 = y2 + rows;
    FloatVector xn = vector(x, x0);
    FloatVector s0 = FloatVectorPass.exact(xn.mul(vector(y, y0)));
    FloatVector s1 = FloatVectorPass.exact(xn.mul(vector(y, y1)));
    FloatVector s2 = FloatVectorPass.exact(xn.mul(vector(y, y2)));
    FloatVector s3 = FloatVectorPass.exact(xn.mul(vector(y, y3)));
    for (int n = LANES; n < rows; n += LANES) {
      xn = vector(x, x0 + n);
      s0 = FloatVectorPass.exact(xn.fma(vector(y, y0 + n), s0));
      s1 = FloatVectorPass.exact(xn.fma(vector(y, y1 + n), s1));
      s2 = FloatVectorPass.exact(xn.fma(vector(y, y2 + n), s2));
      s3 = FloatVectorPass.exact(xn.fma(vector(y, y3 + n), s3));
    }
    FloatVectorPass.exact(s0).intoArray(products, to);
    FloatVectorPass.exact(s1).intoArray(products, to + LANES);
    FloatVectorPass.exact(s2).intoArray(products, to + 2 * LANES);
    FloatVectorPass.exact(s3).intoArray(products, to + 3 * LANES);
  }

  private void pair(float[] x, int x0, float[] y, int y0, int to) {
    FloatVector s = FloatVectorPass.exact(vector(x, x0).mul(vector(y, y0)));
    for (int n = LANES; n < rows; n += LANES) {
      s = FloatVectorPass.exact(vector(x, x0 + n).fma(vector(y, y0 + n), s));
    }
    FloatVectorPass.exact(s).intoArray(products, to);
  }

  /** Leaves four numbers of each pair, from the array's start on: nothing unread is overwritten. */
  private void fold(int pairs) {
    for (int k = 0; k < pairs; k++) {
      int at = k * LANES;
      FloatVector sum = four(at);
      if (LANES >= 2 * FOURTH) { // constants all: C2 sees one of the three ways
        sum = exactFour(sum.add(four(at + FOURTH)));
      }
      if (LANES == 4 * FOURTH) {
        FloatVector rest = exactFour(four(at + 2 * FOURTH).add(four(at + 3 * FOURTH)));
        sum = exactFour(sum.add(rest));
      }
      sum.intoArray(products, k * FOURTH);
    }
  }

  private void add(int pairs, float[] sums, int to) {
    float[] p = products;
    for (int k = 0; k < pairs; k++) {
      sums[to + k] = (p[4 * k] + p[4 * k + 1]) + (p[4 * k + 2] + p[4 * k + 3]);
    }
  }

  private static FloatVector vector(float[] from, int at) {
    return FloatVectorPass.exact(FloatVector.fromArray(SPECIES, from, at));
  }

  private FloatVector four(int at) {
    return exactFour(FloatVector.fromArray(FOUR, products, at));
  }

  private static FloatVector exactFour(FloatVector v) {
    return (FloatVector) FOUR_CLASS.cast(v);
  }
}
