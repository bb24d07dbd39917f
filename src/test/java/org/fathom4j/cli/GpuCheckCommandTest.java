package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fathom4j.bench.gpu.Gpu;
import org.fathom4j.bench.gpu.HostKernel;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.CudaReport;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.Ceilings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GpuCheckCommandTest {

  private static final CudaDevice DEVICE =
      new CudaDevice(0, "NVIDIA Test", 9, 0, 132, 1L << 37, 1L << 36);
  private static final CudaReport MACHINE =
      new CudaReport(
          OptionalInt.of(13_000), List.of(DEVICE), Optional.of(DEVICE), Optional.empty());
  private static final CudaReport NO_GPU =
      new CudaReport(
          OptionalInt.empty(), List.of(), Optional.empty(), Optional.of("No driver. Get one."));

  @TempDir Path directory;

  private Path receipts() {
    return directory.resolve("receipts");
  }

  private Said check(CudaReport machine, Supplier<StackKernel> kernel, String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    GpuCheckCommand command =
        new GpuCheckCommand(
            () -> Gpu.of(machine, kernel, (device, seconds) -> new Ceilings(4e12, 6e13, "a test")));
    String[] words =
        Stream.concat(Stream.of("--receipts-dir", receipts().toString()), Stream.of(more))
            .toArray(String[]::new);
    int code =
        Main.run(
            Main.withManners(new CommandLine(command))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true)),
            words);
    return new Said(code, out.toString(), err.toString());
  }

  private Path onlyReceipt() throws IOException {
    try (Stream<Path> files = Files.list(receipts())) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  @Test
  void without_a_GPU_nothing_looks_as_if_it_had_passed() {
    Said said = check(NO_GPU, HostKernel::new);
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out()).isEmpty();
    assertThat(said.err())
        .isEqualTo(
            "No driver. Get one.\n" + "No GPU: nothing was checked, and no receipt was written.\n");
    assertThat(receipts()).doesNotExist();
  }

  @Test
  void without_a_GPU_json_says_so_too() throws IOException {
    Said said = check(NO_GPU, HostKernel::new, "--json");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    JsonNode tree = new ObjectMapper().readTree(said.out());
    assertThat(tree.get("checked").booleanValue()).isFalse();
    assertThat(tree.get("problem").textValue()).isEqualTo("No driver. Get one.");
    assertThat(tree.has("passed")).isFalse();
  }

  @Test
  void a_kernel_that_cannot_start_is_told_like_a_missing_GPU() {
    Said said =
        check(
            MACHINE,
            () -> {
              throw new CudaException("The driver refuses the kernels.");
            });
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).startsWith("The driver refuses the kernels.");
    assertThat(receipts()).doesNotExist();
  }

  @Test
  void a_correct_kernel_passes_with_a_receipt() throws IOException {
    Said said = check(MACHINE, HostKernel::new, "--quick", "--json", "--quiet");
    assertThat(said.code()).as(said.err() + said.out()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).isEmpty();
    JsonNode tree = new ObjectMapper().readTree(said.out());
    assertThat(tree.get("passed").booleanValue()).isTrue();
    assertThat(tree.get("receipt").textValue()).isEqualTo(onlyReceipt().toString());
    assertThat(tree.get("content").get("device").get("name").textValue()).isEqualTo("NVIDIA Test");
    assertThat(GpuReceipt.read(onlyReceipt()).passed()).isTrue();
  }

  @Test
  void a_wrong_kernel_is_exit_code_4_with_the_failure_in_the_receipt() throws IOException {
    Said said =
        check(
            MACHINE,
            () ->
                new HostKernel() {
                  @Override
                  protected void afterBackward(StackShape shape, StackParameters gradients) {
                    gradients.inner().set(0, 2 * gradients.inner().get(0) + 1);
                  }
                },
            "--quick");
    assertThat(said.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(said.out())
        .contains("gradient of V or A", " !", "\n! ", "and ", " more\n")
        .contains("not run: timings: --quick leaves them out")
        .endsWith("FAILED: " + onlyReceipt() + "\n");
    assertThat(GpuReceipt.read(onlyReceipt()).passed()).isFalse();
  }

  @Test
  void impossible_words_are_bad_usage_and_nothing_runs() {
    for (String[] words :
        new String[][] {
          {"--shape", "1,2,3"},
          {"--shape", "1,2,3,x"},
          {"--shape", "1,2,3,0"},
          {"--quick", "--shape", "1,2,3,4"},
          {"--seconds", "0"}
        }) {
      Said said = check(MACHINE, HostKernel::new, words);
      assertThat(said.code()).as(String.join(" ", words)).isEqualTo(ExitCode.USAGE);
      assertThat(said.err()).contains(words[0]);
      assertThat(receipts()).doesNotExist();
    }
  }

  @Test
  void a_missing_peer_is_told_before_the_work() {
    Said said = check(MACHINE, HostKernel::new, "--peer", directory.resolve("no.json").toString());
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).contains("no.json");
    assertThat(receipts()).doesNotExist();
  }

  /** The beginnings of the names of libraries that scripts/gpu-bundle takes along. */
  private static List<String> bundled() throws IOException {
    Matcher list =
        Pattern.compile("check_libraries=\\(([^)]*)\\)")
            .matcher(Files.readString(Path.of("scripts", "gpu-bundle")));
    assertThat(list.find()).isTrue();
    return List.of(list.group(1).strip().split("\\s+"));
  }

  @Test
  void the_program_of_the_bundle_needs_no_ND4J() throws Exception {
    List<String> libraries = bundled();
    assertThat(libraries).contains("picocli-", "jcuda-");
    String path =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(
                entry ->
                    Path.of(entry).endsWith(Path.of("target", "classes"))
                        || !entry.contains("nd4j")
                            && libraries.stream()
                                .anyMatch(Path.of(entry).getFileName().toString()::startsWith))
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(path).doesNotContain("nd4j").doesNotContain("deeplearning4j");
    ProcessBuilder program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                path,
                "org.fathom4j.cli.GpuCheckMain",
                "--receipts-dir",
                receipts().toString())
            .redirectErrorStream(true);
    program.environment().put("CUDA_VISIBLE_DEVICES", "-1"); // where there is one
    Process process = program.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(ExitCode.FAILED);
    assertThat(said)
        .contains("No GPU: nothing was checked, and no receipt was written.")
        .doesNotContain("NoClassDefFoundError", "Exception");
    assertThat(receipts()).doesNotExist();
  }
}
