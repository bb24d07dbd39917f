package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowingFileTest {

  @TempDir Path directory;
  private final List<String> lines = new ArrayList<>();
  private int restarts;
  private Path path;
  private GrowingFile file;

  @BeforeEach
  void begin() {
    path = directory.resolve("log.csv");
    file =
        new GrowingFile(
            path,
            "header",
            new GrowingFile.Reader() {
              @Override
              public void restart() {
                lines.clear();
                restarts++;
              }

              @Override
              public void line(String line) {
                if (line.equals("bad")) {
                  throw new IllegalArgumentException("it is bad");
                }
                lines.add(line);
              }
            });
  }

  private void append(String text) throws IOException {
    Files.writeString(path, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    file.update(Long.MAX_VALUE >> 1);
  }

  @Test
  void a_file_that_is_not_there_has_no_lines() throws IOException {
    file.update(100);
    assertThat(lines).isEmpty();
    assertThat(file.size()).isZero();
    assertThat(file.problem()).isNull();
  }

  @Test
  void each_line_is_read_once_when_it_is_whole() throws IOException {
    append("header\none\ntw");
    assertThat(lines).containsExactly("one");
    String stamp = file.stamp();
    file.update(100);
    assertThat(file.stamp()).isEqualTo(stamp);
    append("o\nthree\n");
    assertThat(lines).containsExactly("one", "two", "three");
    assertThat(file.stamp()).isNotEqualTo(stamp);
    assertThat(restarts).isZero();
  }

  @Test
  void a_long_file_is_read_in_parts() throws IOException {
    StringBuilder text = new StringBuilder("header\n");
    for (int i = 0; i < 100_000; i++) {
      text.append("line ").append(i).append('\n');
    }
    Files.writeString(path, text);
    int calls = 0;
    do {
      file.update(200_000);
      calls++;
    } while (file.more());
    assertThat(lines).hasSize(100_000).endsWith("line 99999");
    assertThat(calls).isBetween(4, 8);
    assertThat(file.read()).isEqualTo(file.size()).isEqualTo(text.length());
  }

  @Test
  void a_file_that_was_cut_is_read_anew() throws IOException {
    append("header\none\ntwo\nthree\n");
    Files.writeString(path, "header\none\n");
    file.update(100);
    assertThat(lines).containsExactly("one");
    assertThat(restarts).isEqualTo(1);
  }

  @Test
  void a_file_that_was_cut_and_has_outgrown_its_old_length_is_read_anew() throws IOException {
    append("header\none\ntwo\n");
    Files.writeString(path, "header\none\n2\nthree\nfour\n");
    Files.setLastModifiedTime(path, FileTime.fromMillis(1));
    file.update(100);
    assertThat(lines).containsExactly("one", "2", "three", "four");
  }

  @Test
  void a_file_that_was_removed_has_no_lines_any_more() throws IOException {
    append("header\none\n");
    Files.delete(path);
    file.update(100);
    assertThat(lines).isEmpty();
    append("header\nnew\n");
    assertThat(lines).containsExactly("new");
  }

  @Test
  void a_line_that_is_none_is_told_and_passed_over() throws IOException {
    append("header\none\nbad\ntwo\n");
    assertThat(lines).containsExactly("one", "two");
    assertThat(file.problem()).contains("log.csv").contains("line 3").contains("it is bad");
  }

  @Test
  void a_file_with_another_header_is_not_read() throws IOException {
    append("something else\none\n");
    assertThat(lines).isEmpty();
    assertThat(file.problem()).contains("line 1").contains("header");
    append("two\n");
    assertThat(lines).isEmpty();
    assertThat(file.more()).isFalse();
  }

  @Test
  void a_line_without_end_is_not_waited_for() throws IOException {
    append("header\none\n" + "x".repeat(200_000));
    assertThat(lines).containsExactly("one");
    assertThat(file.problem()).contains("is longer than");
    assertThat(file.more()).isFalse();
  }

  @Test
  void a_whole_file_in_the_place_of_one_that_could_not_be_read_is_read() throws IOException {
    append("x".repeat(200_000));
    assertThat(file.problem()).contains("is longer than");
    Path whole = Files.writeString(directory.resolve("whole"), "header\none\n");
    Files.move(whole, path, StandardCopyOption.REPLACE_EXISTING);
    file.update(100);
    assertThat(lines).containsExactly("one");
    assertThat(file.problem()).isNull();
  }
}
