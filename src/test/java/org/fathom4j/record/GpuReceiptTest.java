package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.fathom4j.record.GpuReceipt.Ceilings;
import org.fathom4j.record.GpuReceipt.Failure;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.fathom4j.record.GpuReceipt.NotRun;
import org.fathom4j.record.GpuReceipt.Seconds;
import org.fathom4j.record.GpuReceipt.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuReceiptTest {

  private static final Shape SHAPE = new Shape(10_000, 64, 32, 1000);

  private static final String PEER =
      """
      {"format": 1, "library": "PyTorch", "version": "2.11.0", "device": "NVIDIA H200",
       "tf32": false, "copyBytesPerSecond": 4.2e12, "gemmFlopPerSecond": null,
       "results": [
         {"shape": {"depth": 10000, "width": 64, "hiddenWidth": 32, "examples": 1000},
          "mode": "eager", "peakBytes": 7,
          "seconds": {"median": 0.5, "least": 0.4, "largest": 0.6, "count": 5}},
         {"shape": {"depth": 10000, "width": 64, "hiddenWidth": 32, "examples": 1000},
          "mode": "cuda-graph", "problem": "out of memory"}]}
      """;

  @TempDir Path directory;

  private PeerReport peer() throws IOException {
    return PeerReport.read(Files.writeString(directory.resolve("peer.json"), PEER));
  }

  private GpuReceipt receipt(boolean passed, List<NotRun> notRun, List<Failure> failures)
      throws IOException {
    return new GpuReceipt(
        GpuReceipt.FORMAT,
        Instant.parse("2026-11-23T10:15:00Z"),
        passed,
        false,
        new GpuReceipt.Device("NVIDIA H200", "9.0", 132, 150_754_820_096L, "13.0", "580.159.04"),
        new GpuReceipt.Program(
            new Provenance.Git("0123456789abcdef", false),
            "0.1.0",
            "OpenJDK 17",
            "Linux",
            new Provenance.Cpu("any", 16),
            Map.of("march.ptx", "00ff")),
        new GpuReceipt.Parity(
            490,
            3900,
            Map.of("keep-all", 1950, "recompute", 1950),
            List.of(
                new LargestError("float", "output", 2.5e-6, 1e-4, "one stack"),
                new LargestError("float", "gradient of U", 7.5e-6, 1e-4, "another"),
                new LargestError(
                    "double", "output", passed ? 1e-14 : Double.POSITIVE_INFINITY, 1e-10, "one")),
            12.5),
        new GpuReceipt.Updates(700, List.of("sgd"), true),
        List.of(
            new IterationTime(
                SHAPE,
                new Seconds(0.02, 0.019, 0.03, 100),
                SHAPE.flop() / 0.02,
                "keep-all",
                1 << 30,
                0.01,
                "memory",
                0.5)),
        new Ceilings(4.2e12, 6.7e13, "counted"),
        List.of(peer()),
        notRun,
        failures,
        failures.size());
  }

  @Test
  void what_was_written_is_read_again() throws IOException {
    GpuReceipt receipt =
        receipt(false, List.of(new NotRun("a", "b")), List.of(new Failure("here", "that")));
    Path file = receipt.write(directory.resolve("receipts"));
    assertThat(file.getFileName()).hasToString("20261123-101500.json");
    assertThat(GpuReceipt.read(file)).isEqualTo(receipt);
  }

  @Test
  void no_receipt_is_written_over_another_and_the_newest_is_found() throws IOException {
    assertThat(GpuReceipt.newest(directory.resolve("none"))).isEmpty();
    Path receipts = Files.createDirectories(directory.resolve("receipts"));
    Files.writeString(receipts.resolve("README.md"), "what these are");
    assertThat(GpuReceipt.newest(receipts)).isEmpty();
    GpuReceipt receipt = receipt(true, List.of(), List.of());
    Path first = receipt.write(receipts);
    assertThat(GpuReceipt.newest(receipts)).contains(first);
    Path second = receipt.write(receipts);
    assertThat(second.getFileName()).hasToString("20261123-101500-2.json");
    assertThat(GpuReceipt.newest(receipts)).contains(second);
    Files.writeString(receipts.resolve("20261124-000000.json"), "{}");
    assertThat(GpuReceipt.newest(receipts)).contains(receipts.resolve("20261124-000000.json"));
  }

  @Test
  void nothing_passes_that_failed_or_was_not_checked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> receipt(true, List.of(), List.of(new Failure("here", "that"))))
        .withMessageContaining("cannot say passed with 1 failures");
  }

  @Test
  void a_receipt_says_in_words_what_passed_and_how_fast() throws IOException {
    assertThat(receipt(true, List.of(), List.of()).markdown("20261123-101500.json"))
        .isEqualTo(
            """
            Receipt `20261123-101500.json`: **passed** on one NVIDIA H200 (compute capability 9.0, \
            driver 580.159.04), sources at 0123456.

            Beside the reference in double precision, 490 stacks, 3,900 comparisons: largest \
            relative error float 7.5e-06 (gradient of U; allowed 1e-04); double 1.0e-14 (output; \
            allowed 1e-10). Updates, 700 comparisons: equal in every bit.

            | L, D, M, N | s an iteration | TFLOP/s | of ceiling | times as fast as PyTorch 2.11.0, \
            eager | times as fast as PyTorch 2.11.0, cuda-graph |
            |---|---|---|---|---|---|
            | (10,000, 64, 32, 1,000) | 0.0200 (0.0190 to 0.0300) | 12.3 | 0.50, memory | 25.0 | – |""");
  }

  @Test
  void a_failure_and_what_was_not_run_are_said_as_loudly() throws IOException {
    assertThat(
            receipt(
                    false,
                    List.of(new NotRun("timing (1, 2, 3, 4)", "The GPU has no 7 MiB left.")),
                    List.of(new Failure("here", "that")))
                .markdown("x.json"))
        .contains("**FAILED**", "double Infinity", " 1 checks did not hold.")
        .endsWith("Not run: timing (1, 2, 3, 4) (The GPU has no 7 MiB left)");
  }

  @Test
  void a_peer_that_ran_out_of_memory_has_no_seconds() throws IOException {
    PeerReport peer = peer();
    assertThat(peer.seconds(SHAPE, "eager")).contains(0.5);
    assertThat(peer.seconds(SHAPE, "cuda-graph")).isEmpty();
    assertThat(peer.seconds(new Shape(1, 2, 3, 4), "eager")).isEmpty();
  }

  @Test
  void a_peers_report_that_is_none_names_its_file() throws IOException {
    Path file = Files.writeString(directory.resolve("broken.json"), "{\"format\": 1, \"tf32\"");
    assertThatIOException()
        .isThrownBy(() -> PeerReport.read(file))
        .withMessageContaining("broken.json is damaged");
    Path both =
        Files.writeString(
            directory.resolve("both.json"),
            PEER.replace("\"problem\": \"out of memory\"", "\"peakBytes\": 1"));
    assertThatIOException()
        .isThrownBy(() -> PeerReport.read(both))
        .withMessageContaining("both.json");
    Path newer =
        Files.writeString(
            directory.resolve("new.json"), PEER.replace("\"format\": 1", "\"format\": 2"));
    assertThatThrownBy(() -> PeerReport.read(newer)).hasMessageContaining("newer version");
  }

  @Test
  void a_bundle_says_where_its_sources_stood() throws IOException {
    Files.writeString(directory.resolve("git.properties"), "commit=abc\ndirty=true\n");
    assertThat(Provenance.sources(directory)).isEqualTo(new Provenance.Git("abc", true));
    assertThat(Provenance.sources(directory.resolve("elsewhere")))
        .isEqualTo(new Provenance.Git(Provenance.UNKNOWN, null));
  }
}
