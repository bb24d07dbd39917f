package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PTX in the jar is what {@code scripts/compile-cuda} makes of {@code src/main/cuda}. */
class ShippedPtxTest {

  private static final Path SOURCES = Path.of("src", "main", "cuda");
  private static final Path SHIPPED =
      Path.of("src", "main", "resources", "org", "fathom4j", "kernel");
  private static final Pattern FIRST_LINE =
      Pattern.compile(
          "// Made by scripts/compile-cuda with nvcc (\\S+) of sources whose SHA-256 is (\\w{64})");

  static List<String> names() {
    return names(SOURCES, ".cu");
  }

  @Test
  void every_kernel_file_has_its_ptx_and_every_ptx_its_kernel_file() {
    assertThat(names(SHIPPED, ".ptx")).as("run scripts/compile-cuda").isEqualTo(names());
  }

  @ParameterizedTest
  @MethodSource("names")
  void it_was_made_of_the_sources_as_they_are(String name) throws Exception {
    assertThat(firstLine(name).group(2))
        .as("%s.ptx is of other sources: run scripts/compile-cuda and commit what it writes", name)
        .isEqualTo(sha256(name));
  }

  @ParameterizedTest
  @MethodSource("names")
  void it_asks_for_no_newer_driver_or_gpu_than_is_said(String name) throws IOException {
    assertThat(Files.readAllLines(SHIPPED.resolve(name + ".ptx")))
        .contains(".version 7.8", ".target sm_75")
        .noneMatch(line -> line.startsWith(".file"));
  }

  /** Single numbers cost four times the writes: nvcc made them of fours where that was not said. */
  @ParameterizedTest
  @ValueSource(strings = {"march_32", "march_64", "march_128"})
  void marches_write_fours_of_numbers(String name) throws IOException {
    assertThat(Files.readString(SHIPPED.resolve(name + ".ptx")))
        .contains("st.global.cs.v4.f32")
        .doesNotContain("st.global.f32");
  }

  @Test
  void compiling_again_gives_the_same_text(@TempDir Path again) throws Exception {
    assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "nvcc"))),
        "Without nvcc on the PATH the kernels cannot be compiled again.");
    String used = firstLine(names().get(0)).group(1);
    String here = output("nvcc", "--version");
    assumeTrue(
        here.contains("V" + used),
        "The PTX was made by nvcc " + used + ", which is not the one here.");
    output("bash", "scripts/compile-cuda", again.toString());
    for (String name : names()) {
      assertThat(again.resolve(name + ".ptx"))
          .as("run scripts/compile-cuda and commit what it writes")
          .hasSameTextualContentAs(SHIPPED.resolve(name + ".ptx"));
    }
  }

  private static List<String> names(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Matcher firstLine(String name) throws IOException {
    String line = Files.readAllLines(SHIPPED.resolve(name + ".ptx")).get(0);
    Matcher matcher = FIRST_LINE.matcher(line);
    assertThat(matcher.matches()).as("%s.ptx begins: %s", name, line).isTrue();
    return matcher;
  }

  /** Of the kernel file and then all headers, as the script computes it. */
  private static String sha256(String name) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(Files.readAllBytes(SOURCES.resolve(name + ".cu")));
    for (String header : names(SOURCES, ".cuh")) {
      bytes.write(Files.readAllBytes(SOURCES.resolve(header + ".cuh")));
    }
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
  }

  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      fail(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }
}
