package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsLogTest {

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("stats.db");
  }

  private static ObjectNode object(String key, double value) {
    return JsonNodeFactory.instance.objectNode().put(key, value);
  }

  private static List<Integer> iterations(List<ObjectNode> lines) {
    return lines.stream()
        .filter(StatsLog::isSample)
        .map(line -> line.path("iteration").asInt())
        .toList();
  }

  private List<Integer> iterations() throws IOException {
    return iterations(StatsLog.read(file));
  }

  private void samples(int first, int last, int most) throws IOException {
    try (StatsLog log = StatsLog.open(file, first - 1, most)) {
      for (int i = first; i <= last; i++) {
        log.sample(i, object("loss", 1.0 / i));
      }
    }
  }

  @Test
  void what_was_written_is_read_back_in_order() throws IOException {
    try (StatsLog log = StatsLog.open(file, 0)) {
      log.start(object("time", 5));
      log.sample(1, object("loss", 0.5));
      log.sample(4, object("loss", Double.NaN));
    }
    List<ObjectNode> lines = StatsLog.read(file);
    assertThat(lines).hasSize(3);
    assertThat(StatsLog.isStart(lines.get(0))).isTrue();
    assertThat(iterations(lines)).containsExactly(1, 4);
    assertThat(lines.get(2).path("loss").asText()).isEqualTo("NaN");
  }

  @Test
  void a_full_file_keeps_every_second_sample_and_goes_on() throws IOException {
    samples(1, 8, 8);
    assertThat(iterations()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    samples(9, 9, 8);
    assertThat(iterations()).containsExactly(1, 3, 5, 7, 9);
  }

  @Test
  void a_run_of_any_length_keeps_at_least_half_and_at_most_all_that_fit() throws IOException {
    samples(1, 100_000, 64);
    assertThat(iterations()).hasSizeBetween(32, 64).isSorted().startsWith(1).endsWith(100_000);
    assertThat(Files.size(file)).isLessThan(64 * 100);
  }

  @Test
  void a_resumed_run_drops_what_its_checkpoint_does_not_know() throws IOException {
    samples(1, 9, 100);
    samples(6, 7, 100);
    assertThat(iterations()).containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void a_run_that_starts_again_starts_its_samples_again() throws IOException {
    samples(1, 9, 100);
    samples(1, 2, 100);
    assertThat(iterations()).containsExactly(1, 2);
  }

  @Test
  void lines_that_are_no_objects_and_a_cut_last_line_are_passed_over() throws IOException {
    samples(1, 3, 100);
    Files.writeString(
        file,
        "\u0000\u0001garbage\n[1,2]\n\n{\"kind\":\"sample\",\"iter",
        StandardOpenOption.APPEND);
    assertThat(iterations()).containsExactly(1, 2, 3);
    samples(4, 4, 100);
    assertThat(iterations()).containsExactly(1, 2, 3, 4);
    assertThat(Files.readString(file)).doesNotContain("garbage");
  }

  @Test
  void who_follows_sees_each_line_once() throws IOException {
    StatsLog.Tail tail = new StatsLog.Tail(file);
    assertThat(tail.next().lines()).isEmpty();
    samples(1, 2, 100);
    assertThat(iterations(tail.next().lines())).containsExactly(1, 2);
    try (StatsLog log = StatsLog.open(file, 2)) {
      tail.next(); // opening rewrites
      log.sample(3, object("loss", 1));
      StatsLog.News news = tail.next();
      assertThat(news.anew()).isFalse();
      assertThat(iterations(news.lines())).containsExactly(3);
      assertThat(tail.next().lines()).isEmpty();
    }
  }

  @Test
  void half_a_line_is_read_when_it_is_whole() throws IOException {
    StatsLog.Tail tail = new StatsLog.Tail(file);
    Files.writeString(file, "{\"kind\":\"sample\",\"iter");
    assertThat(tail.next().lines()).isEmpty();
    Files.writeString(file, "ation\":7}\n", StandardOpenOption.APPEND);
    assertThat(iterations(tail.next().lines())).containsExactly(7);
  }

  @Test
  void who_follows_learns_that_samples_were_thinned_out() throws IOException {
    try (StatsLog log = StatsLog.open(file, 0, 4)) {
      StatsLog.Tail tail = new StatsLog.Tail(file);
      for (int i = 1; i <= 4; i++) {
        log.sample(i, object("loss", i));
      }
      assertThat(tail.next().anew()).isTrue();
      assertThat(log.sample(5, object("loss", 5))).isTrue();
      StatsLog.News news = tail.next();
      assertThat(news.anew()).isTrue();
      assertThat(iterations(news.lines())).containsExactly(1, 3, 5);
    }
  }

  @Test
  void who_follows_a_file_that_is_deleted_learns_that_there_is_nothing() throws IOException {
    samples(1, 2, 100);
    StatsLog.Tail tail = new StatsLog.Tail(file);
    tail.next();
    Files.delete(file);
    assertThat(tail.next()).isEqualTo(new StatsLog.News(true, List.of()));
    assertThat(tail.next()).isEqualTo(new StatsLog.News(false, List.of()));
  }

  @Test
  void a_link_in_the_place_of_the_file_is_not_followed() throws IOException {
    Path outside = directory.resolve("outside");
    Files.writeString(outside, "{\"kind\":\"sample\",\"iteration\":7}\n");
    Files.createSymbolicLink(file, outside);
    assertThat(StatsLog.read(file)).isEmpty();
  }

  @Test
  void a_long_file_comes_in_parts_and_lines_beyond_reason_are_passed_over() throws IOException {
    String sample = "{\"kind\":\"sample\",\"iteration\":%d}\n";
    Files.writeString(file, sample.formatted(1) + "x".repeat(5 << 20) + "\n" + sample.formatted(2));
    for (int i = 0; i < 10; i++) {
      Files.writeString(file, "y".repeat(4 << 20), StandardOpenOption.APPEND);
    }
    Files.writeString(file, "\n" + sample.formatted(3), StandardOpenOption.APPEND);
    StatsLog.Tail tail = new StatsLog.Tail(file);
    assertThat(iterations(tail.next().lines())).containsExactly(1, 2);
    StatsLog.News rest = tail.next();
    assertThat(rest.anew()).isFalse();
    assertThat(rest.lines()).isEmpty();
    assertThat(iterations()).containsExactly(1, 2, 3);
  }
}
