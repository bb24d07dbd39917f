package org.fathom4j.block;

import java.util.Set;
import java.util.stream.Stream;
import org.fathom4j.kernel.EmulatedGpu;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A few cases of {@link GradientCheckTest} on the emulated GPU, which is slow. */
@EmulatedGpu
class CudaGradientCheckTest {

  private static final Set<String> FEW =
      Set.of(
          "stack SCALED_AND_BIASED by CUDA",
          "blocks PLAIN by CUDA",
          "linear stack SCALED by CUDA",
          "no workspaces by CUDA");

  @BeforeAll
  static void inDoublePrecision() {
    GradientCheckTest.inDoublePrecision();
  }

  @AfterAll
  static void asItWas() {
    GradientCheckTest.asItWas();
  }

  static Stream<GradientCheckTest.Case> cases() {
    return GradientCheckTest.cases().filter(c -> FEW.contains(c.toString()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void the_gradient_is_the_derivative_of_the_score(GradientCheckTest.Case c) {
    new GradientCheckTest().the_gradient_is_the_derivative_of_the_score(c);
  }
}
