package org.fathom4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;

/**
 * One stack with all its numbers, for contract tests: awkward sizes, no two dimensions equal.
 *
 * @param inner V or A, [L, D, M]
 * @param outer U, [L, M, D]; empty for linear blocks
 * @param scalars [L, k]; empty for plain branches
 * @param input Z_0, [N, D]
 * @param outputGradient ∂R/∂Z_L, [N, D]
 */
public record StackCase(
    StackShape shape,
    int examples,
    double[] inner,
    double[] outer,
    double[] scalars,
    double[] input,
    double[] outputGradient) {

  /** What a kernel makes of a case. */
  public record Result(
      double[] output,
      double[] inferenceOutput,
      double[] innerGradient,
      double[] outerGradient,
      double[] scalarGradient,
      double[] inputGradient,
      double[] activationNorms,
      double[] gradientNorms) {}

  /** Every kind, form, activation and precision, at sizes where an exchanged index shows. */
  public static Stream<StackCase> all() {
    List<StackCase> cases = new ArrayList<>();
    int[][] sizes = {
      {3, 7, 5, 4},
      {2, 4, 11, 9},
      {1, 1, 1, 1},
      {6, 17, 2, 33},
      {4, 3, 8, 1},
      {2, 5, 1, 3},
      {3, 1, 4, 2}
    };
    for (int[] s : sizes) {
      for (Precision precision : Precision.values()) {
        for (BranchForm form : BranchForm.values()) {
          for (Activation activation : Activation.values()) {
            cases.add(
                random(
                    new StackShape(
                        BlockKind.NONLINEAR, form, s[0], s[1], s[2], activation, precision),
                    s[3]));
          }
          if (!form.isBiased()) {
            cases.add(
                random(
                    new StackShape(
                        BlockKind.LINEAR, form, s[0], s[1], s[1], Activation.IDENTITY, precision),
                    s[3]));
          }
        }
      }
    }
    cases.addAll(highSlabs());
    return cases.stream();
  }

  /** So many examples that the fused kernel cuts them into strips and transposes the weights. */
  private static List<StackCase> highSlabs() {
    int examples = 451;
    return List.of(
        random(
            new StackShape(
                BlockKind.NONLINEAR, BranchForm.PLAIN, 2, 9, 5, Activation.TANH, Precision.FLOAT),
            examples),
        random(
            new StackShape(
                BlockKind.NONLINEAR,
                BranchForm.SCALED_AND_BIASED,
                1,
                5,
                10,
                Activation.RELU,
                Precision.DOUBLE),
            examples),
        random(
            new StackShape(
                BlockKind.LINEAR, BranchForm.SCALED, 2, 9, 9, Activation.IDENTITY, Precision.FLOAT),
            examples));
  }

  /** A stack of this shape with seeded weights, V and U about as large as LeCun's. */
  static StackCase random(StackShape shape, int examples) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20191107);
    int matrices = Math.toIntExact(shape.depth() * shape.matrixLength());
    int stream = examples * shape.width();
    double scale = 1 / Math.sqrt(shape.width());
    return new StackCase(
        shape,
        examples,
        normals(random, matrices, scale),
        shape.kind() == BlockKind.LINEAR ? new double[0] : normals(random, matrices, scale),
        normals(random, shape.depth() * shape.form().scalarsPerBlock(), 1),
        normals(random, stream, 1),
        normals(random, stream, 1));
  }

  /** Numbers that are exact in both precisions, so that every kernel starts from the same ones. */
  private static double[] normals(RandomGenerator random, int count, double deviation) {
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (deviation * random.nextGaussian());
    }
    return numbers;
  }

  @Override
  public String toString() {
    return String.format(
        "%s %s L=%d D=%d M=%d N=%d %s %s",
        shape.kind(),
        shape.form(),
        shape.depth(),
        shape.width(),
        shape.hiddenWidth(),
        examples,
        shape.activation(),
        shape.precision());
  }
}
