package org.fathom4j.bench.gpu;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;

/**
 * The numbers of a {@link ParityCase}, exact in single precision, so that every kernel and the
 * reference in double precision start from the same ones.
 *
 * <pre>
 *   (V_l)_ij ~ N(0, 1/D)   (U_l)_ij ~ N(0, 1/(M L))   (A_l)_ij ~ N(0, 1/(D L))   all others ~ N(0, 1)
 * </pre>
 *
 * <p>ReLU's derivative jumps at 0: where rounding takes a pre-activation to the other side of it,
 * two correct kernels disagree by as much as two wrong ones. An example that comes so near to it in
 * any block gets ∂R/∂Z_L = 0; then no gradient depends on the side, and its output is compared all
 * the same. Numbers are drawn again until a quarter of the examples is left.
 *
 * @param inner V or A, [L, D, M]
 * @param outer U, [L, M, D]; empty for linear blocks
 * @param scalars [L, k]; empty for plain branches
 * @param input Z_0, [N, D]
 * @param outputGradient ∂R/∂Z_L, [N, D]
 */
record ParityNumbers(
    double[] inner, double[] outer, double[] scalars, double[] input, double[] outputGradient) {

  /** Distance from 0 that single precision cannot lose, beside the sum of |terms|: 2⁻²⁴ · 168. */
  private static final double NEAR = 1e-5;

  private static final int MOST_DRAWS = 1000;

  static ParityNumbers of(ParityCase c) {
    for (int seed = 1; seed <= MOST_DRAWS; seed++) {
      ParityNumbers numbers = draw(c, seed);
      if (!c.hasCorner() || numbers.silenceCorners(c) * 4 >= c.examples()) {
        return numbers;
      }
    }
    throw new IllegalStateException(
        "In " + MOST_DRAWS + " draws, ReLU's corner was too near in most examples of " + c + ".");
  }

  private static ParityNumbers draw(ParityCase c, int seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    StackShape shape = c.shape(Precision.DOUBLE);
    int matrices = Math.toIntExact(c.depth() * shape.matrixLength());
    int stream = Math.multiplyExact(c.examples(), c.width());
    double small = 1 / Math.sqrt((double) c.hiddenWidth() * c.depth());
    boolean linear = c.kind() == BlockKind.LINEAR;
    return new ParityNumbers(
        normals(random, matrices, linear ? small : 1 / Math.sqrt(c.width())),
        normals(random, linear ? 0 : matrices, small),
        normals(random, c.depth() * c.form().scalarsPerBlock(), 1),
        normals(random, stream, 1),
        normals(random, stream, 1));
  }

  private static double[] normals(RandomGenerator random, int count, double deviation) {
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (deviation * random.nextGaussian());
    }
    return numbers;
  }

  /** Silences the examples near a corner; answers how many are left. */
  private int silenceCorners(ParityCase c) {
    int left = 0;
    for (int n = 0; n < c.examples(); n++) {
      double[] z = Arrays.copyOfRange(input, n * c.width(), (n + 1) * c.width());
      if (comesNearCorner(c, z)) {
        Arrays.fill(outputGradient, n * c.width(), (n + 1) * c.width(), 0);
      } else {
        left++;
      }
    }
    return left;
  }

  /** Takes one example through the blocks; z is overwritten. */
  private boolean comesNearCorner(ParityCase c, double[] z) {
    int scalarsPerBlock = c.form().scalarsPerBlock();
    boolean biased = c.form().isBiased();
    int matrix = c.width() * c.hiddenWidth();
    for (int l = 0; l < c.depth(); l++) {
      int s = l * scalarsPerBlock;
      double alpha = c.form().isScaled() ? scalars[s] : 1;
      double b1 = biased ? scalars[s + 1] : 0;
      double b2 = biased ? scalars[s + 2] : 0;
      double b3 = biased ? scalars[s + 3] : 0;
      double[] branch = new double[c.width()];
      for (int m = 0; m < c.hiddenWidth(); m++) {
        double a = b2;
        double terms = Math.abs(b2);
        for (int d = 0; d < c.width(); d++) {
          double term = (z[d] + b1) * inner[l * matrix + d * c.hiddenWidth() + m];
          a += term;
          terms += Math.abs(term);
        }
        if (Math.abs(a) < NEAR * terms) {
          return true;
        }
        double h = c.activation().value(a) + b3;
        for (int d = 0; d < c.width(); d++) {
          branch[d] += h * outer[l * matrix + m * c.width() + d];
        }
      }
      for (int d = 0; d < c.width(); d++) {
        z[d] += alpha * branch[d];
      }
    }
    return false;
  }

  /** The parameters in native memory. */
  StackParameters parameters(Precision precision) {
    return new StackParameters(
        vector(precision, inner), vector(precision, outer), vector(precision, scalars));
  }

  /** Room for gradients of the parameters, filled with what would show if it were added to. */
  StackParameters garbage(Precision precision) {
    return new StackParameters(
        garbage(precision, inner.length),
        garbage(precision, outer.length),
        garbage(precision, scalars.length));
  }

  /** Numbers in native memory; null if there are none. */
  static NativeVector vector(Precision precision, double[] values) {
    if (values.length == 0) {
      return null;
    }
    NativeVector vector = NativeVector.allocate(precision, values.length);
    for (int i = 0; i < values.length; i++) {
      vector.set(i, values[i]);
    }
    return vector;
  }

  /** Memory with NaN in it; null if there is none. */
  static NativeVector garbage(Precision precision, int length) {
    if (length == 0) {
      return null;
    }
    NativeVector vector = NativeVector.allocate(precision, length);
    for (int i = 0; i < length; i++) {
      vector.set(i, Double.NaN);
    }
    return vector;
  }
}
