package org.fathom4j.bench;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;

/**
 * The numbers that every implementation of a stack starts from.
 *
 * <pre>
 *   (V_l)_ij ~ N(0, 1/D)    (U_l)_ij ~ N(0, 1/(M L))    (A_l)_ij ~ N(0, 1/(D L))    z_0 ~ N(0, 1)
 * </pre>
 *
 * so that E‖z_L‖² is a few times E‖z_0‖² at any depth. Normal numbers are drawn once and repeat
 * with a prime period, so that blocks differ; all are exact in single precision.
 */
public final class StackNumbers {

  private static final int PERIOD = 65_521;
  private static final int SHIFT = 24_593;

  private final double innerDeviation;
  private final double outerDeviation;
  private final double[] normals = new double[PERIOD];

  /** For stacks of this shape. */
  public StackNumbers(StackShape shape) {
    outerDeviation = outerDeviation(shape);
    innerDeviation =
        shape.kind() == BlockKind.LINEAR ? outerDeviation : 1 / Math.sqrt(shape.width());
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(BenchSpec.SEED);
    for (int i = 0; i < PERIOD; i++) {
      normals[i] = random.nextGaussian();
    }
  }

  /** The standard deviation of U_l, or A_l. */
  static double outerDeviation(StackShape shape) {
    return 1 / Math.sqrt((double) shape.hiddenWidth() * shape.depth());
  }

  /** Writes the matrices of a stack of this shape. */
  public void fill(StackParameters parameters) {
    for (long i = 0; i < parameters.inner().length(); i++) {
      parameters.inner().set(i, inner(i));
    }
    if (parameters.outer() != null) {
      for (long i = 0; i < parameters.outer().length(); i++) {
        parameters.outer().set(i, outer(i));
      }
    }
  }

  /** Number i of all V_l, or all A_l. */
  public double inner(long i) {
    return (float) (innerDeviation * normals[(int) (i % PERIOD)]);
  }

  /** Number i of all U_l. */
  public double outer(long i) {
    return (float) (outerDeviation * normals[(int) ((i + SHIFT) % PERIOD)]);
  }

  /** Number i of z_0. */
  public double input(long i) {
    return (float) normals[(int) ((i + 2L * SHIFT) % PERIOD)];
  }
}
