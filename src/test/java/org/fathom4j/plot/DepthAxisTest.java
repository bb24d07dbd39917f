package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.jfree.chart.axis.NumberTick;
import org.junit.jupiter.api.Test;

class DepthAxisTest {

  private static List<String> labels(List<Integer> depths) {
    return new DepthAxis(depths)
        .refreshTicks(null, null, null, null).stream()
            .map(tick -> ((NumberTick) tick).getText())
            .toList();
  }

  @Test
  void every_depth_has_its_tick_in_order_and_once() {
    assertThat(labels(List.of(316, 10, 100000, 10))).containsExactly("10", "316", "100000");
  }

  @Test
  void depths_too_many_for_a_tick_each_have_round_ones() {
    assertThat(labels(IntStream.rangeClosed(1, 60).boxed().toList()))
        .containsExactly("1", "2", "5", "10", "20", "50");
  }
}
