package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.Callable;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {

  @Command(name = "fails")
  private record Failing(Throwable failure) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (Exception) failure;
    }
  }

  private final StringWriter err = new StringWriter();

  private int codeOf(Throwable failure) {
    CommandLine root = Main.commandLine().addSubcommand(new Failing(failure));
    root.setExecutionExceptionHandler(new Failures());
    return Main.run(root.setErr(new PrintWriter(err, true)), "fails");
  }

  @Test
  void an_impossible_system_property_read_when_a_class_begins_is_bad_usage() {
    assertThat(
            codeOf(
                new ExceptionInInitializerError(
                    new IllegalArgumentException("-Dfathom.threads=0 is no number of threads."))))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("-Dfathom.threads=0 is no number of threads.");
  }

  @Test
  void an_impossible_value_is_bad_usage() {
    assertThat(codeOf(new IllegalArgumentException("--depth must be at least 1.")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().lines())
        .containsExactly("--depth must be at least 1.", "Try 'fathom fails --help'.");
  }

  @Test
  void a_failing_disk_is_a_failure_without_a_trace() {
    assertThat(codeOf(new IOException("No space left on device"))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString().lines()).containsExactly("No space left on device");
  }

  @Test
  void a_failure_behind_a_stream_is_the_same_failure() {
    assertThat(codeOf(new UncheckedIOException(new IOException("broken")))).isEqualTo(1);
    assertThat(err.toString().lines()).containsExactly("broken");
  }

  @Test
  void a_bare_file_name_becomes_a_sentence() {
    codeOf(new NoSuchFileException("a.csv"));
    codeOf(new AccessDeniedException("b.csv"));
    assertThat(err.toString().lines())
        .containsExactly("There is no file a.csv.", "Permission denied: b.csv.");
  }

  @Test
  void memory_that_runs_out_is_a_failure_with_its_cure() {
    assertThat(codeOf(new OutOfMemoryError("Java heap space"))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .startsWith("Out of memory: Java heap space.")
        .contains("FATHOM_JAVA_OPTS=-Xmx8g")
        .doesNotContain("\tat ");
  }

  @Test
  void memory_that_runs_out_in_native_code_is_the_same() {
    RuntimeException native_ = new RuntimeException("Allocation failed: [std::bad_alloc]");
    assertThat(codeOf(new IllegalStateException(native_))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .startsWith("Out of memory outside the Java heap: ")
        .contains("End other programs, or reduce --batch-size")
        .doesNotContain("\tat ")
        .doesNotContain("-Xmx");
  }

  @Test
  void a_GPU_that_fails_is_a_failure_with_its_own_words() {
    CudaException lost = new CudaException("The GPU is lost. Look at nvidia-smi.");
    for (Exception failure : List.of(lost, new IllegalStateException("while training", lost))) {
      err.getBuffer().setLength(0);
      assertThat(codeOf(failure)).isEqualTo(ExitCode.FAILED);
      assertThat(err.toString().lines()).containsExactly("The GPU is lost. Look at nvidia-smi.");
    }
  }

  @Test
  void activations_that_do_not_fit_are_a_failure_with_its_own_words() {
    assertThat(codeOf(new InsufficientMemoryException("They do not fit. Reduce --depth.")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString().lines()).containsExactly("They do not fit. Reduce --depth.");
  }

  /** The trainer adds how much the weights take. */
  @Test
  void an_IO_failure_that_says_more_than_its_cause_is_told_whole() {
    IOException told =
        new IOException(
            "They do not fit beside the weights.", new InsufficientMemoryException("x"));
    assertThat(codeOf(told)).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString().lines()).containsExactly("They do not fit beside the weights.");
  }

  @Test
  void memory_of_a_GPU_that_runs_out_in_the_framework_is_cured_by_smaller_networks() {
    assertThat(codeOf(new IllegalStateException("[DEVICE] allocation failed; Error code: [2]")))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .startsWith("Out of memory on the GPU: [DEVICE] allocation failed; Error code: [2].")
        .contains("reduce --batch-size")
        .doesNotContain("\tat ", "-Xmx");
  }

  @Test
  void memory_that_the_library_s_own_limit_refuses_is_cured_by_a_larger_heap() {
    Throwable limit =
        new OutOfMemoryError(
            "Physical memory usage is too high: physicalBytes (9M) > maxPhysicalBytes (8M)");
    assertThat(codeOf(noPointer().initCause(limit))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .startsWith("Out of memory: Cannot allocate new LongPointer(2)")
        .contains("physicalBytes = 9M")
        .contains("-Xmx8g");
  }

  @Test
  void memory_that_the_system_refuses_to_the_library_is_not_cured_by_a_larger_heap() {
    Throwable refusal = new OutOfMemoryError("Native allocator returned address == 0");
    assertThat(codeOf(noPointer().initCause(refusal))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .startsWith("Out of memory outside the Java heap: Cannot allocate new LongPointer(2)")
        .doesNotContain("-Xmx");
  }

  /** As JavaCPP says it, whatever the cause. */
  private static OutOfMemoryError noPointer() {
    return new OutOfMemoryError(
        "Cannot allocate new LongPointer(2): totalBytes = 2M, physicalBytes = 9M");
  }

  @Test
  void a_library_that_cannot_be_loaded_is_a_failure_that_names_it() {
    Throwable cause = new UnsatisfiedLinkError("no jnind4jcpu in java.library.path");
    assertThat(codeOf(new ExceptionInInitializerError(cause))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .contains("no jnind4jcpu in java.library.path")
        .contains("fathom doctor")
        .doesNotContain("\tat ");
  }

  @Test
  void a_fault_of_the_program_keeps_its_trace() {
    assertThat(codeOf(new NullPointerException("oops"))).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("not of yours").contains("fathom fails").contains("\tat ");
  }
}
