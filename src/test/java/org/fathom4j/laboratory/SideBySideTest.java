package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;

class SideBySideTest {

  private static final Target NORMAL = Target.parse("rotation:80");
  private static final Target NOT_NORMAL = Target.parse("0.8,-1.3;1.1,0.6");
  private static final DescentSpec SPEC = DescentSpec.withRate(0.01, 30).at(0, 10, 30);

  @Test
  void all_engines_that_apply_descend() {
    assertThat(SideBySide.run(Initialization.zas(), NOT_NORMAL, 4, SPEC).engines())
        .containsOnlyKeys(Engine.values());
    assertThat(SideBySide.run(Initialization.identity(), NORMAL, 4, SPEC).engines())
        .containsOnlyKeys(Engine.values());
    assertThat(SideBySide.run(Initialization.identity(), NOT_NORMAL, 4, SPEC).engines())
        .containsOnlyKeys(Engine.MATRICES, Engine.DL4J);
  }

  @Test
  void the_largest_difference_is_that_of_rounding_and_not_always_zero() {
    SideBySide result = SideBySide.run(Initialization.zas(), NOT_NORMAL, 40, SPEC);
    assertThat(result.largestDifference().orElseThrow()).isPositive().isLessThan(1e-10);
    assertThat(result.diverged()).isFalse();
  }

  @Test
  void a_single_engine_differs_from_nobody() {
    SideBySide result =
        SideBySide.run(Initialization.zas(), NORMAL, 4, SPEC, List.of(Engine.REDUCED));
    assertThat(result.largestDifference()).isEmpty();
    assertThat(result.engines().get(Engine.REDUCED).points()).hasSize(3);
  }

  @Test
  void all_engines_blow_up_together() {
    DescentSpec wild = DescentSpec.withRate(5, 1000).at(0);
    SideBySide result = SideBySide.run(Initialization.zas(), NOT_NORMAL, 6, wild);
    assertThat(result.diverged()).isTrue();
    assertThat(result.engines().values())
        .allSatisfy(t -> assertThat(t.status()).isEqualTo(Status.DIVERGED));
  }

  @Test
  void a_reduction_that_there_is_not_is_refused_with_those_there_are() {
    assertThatThrownBy(
            () ->
                SideBySide.run(
                    Initialization.identity(), NOT_NORMAL, 4, SPEC, List.of(Engine.REDUCED)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("identity has no exact reduction")
        .hasMessageContaining("not normal")
        .hasMessageContaining("--engine matrices or dl4j");
  }

  @Test
  void no_engine_is_refused() {
    assertThatThrownBy(() -> SideBySide.run(Initialization.zas(), NORMAL, 4, SPEC, List.of()))
        .hasMessageContaining("reduced, matrices, dl4j");
  }

  @Test
  void an_engine_that_there_is_not_is_refused_with_the_nearest() {
    assertThatThrownBy(() -> Engine.of("matrix"))
        .hasMessage(
            "There is no engine 'matrix'. Did you mean 'matrices'? Known: reduced, matrices,"
                + " dl4j.");
    assertThat(Engine.of("DL4J")).isEqualTo(Engine.DL4J);
  }
}
