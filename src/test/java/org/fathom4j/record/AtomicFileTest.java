package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @TempDir Path directory;

  @Test
  void contentReplacesContentAndNothingElseIsLeft() throws IOException {
    Path file = directory.resolve("a");

    AtomicFile.write(file, out -> out.write(new byte[] {1}));
    AtomicFile.write(file, out -> out.write(new byte[] {2, 3}));

    assertThat(file).hasBinaryContent(new byte[] {2, 3});
    assertThat(directory.toFile().list()).containsExactly("a");
  }

  @Test
  void aFailureHalfWayLeavesTheOldContentAndNamesFileAndCure() throws IOException {
    Path file = Files.writeString(directory.resolve("a"), "old");

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[1 << 20]);
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Cannot write "
                + file
                + ": No space left on device. Check that the disk has space left and is writable,"
                + " or choose another place (--runs-dir) for runs.");

    assertThat(file).hasContent("old");
    assertThat(directory.toFile().list()).containsExactly("a");
  }

  @Test
  void anUncheckedFailureLeavesNothing() {
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    directory.resolve("a"),
                    out -> {
                      throw new IllegalStateException("no");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aMissingDirectoryIsAClearError() {
    Path file = directory.resolve("missing/a");

    assertThatThrownBy(() -> AtomicFile.write(file, out -> out.write(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot write " + file)
        .hasMessageContaining("Check that its directory exists");
  }

  @Test
  void anInterruptedThreadStillWritesAndStaysInterrupted() throws IOException {
    Path file = directory.resolve("a");
    Thread.currentThread().interrupt();

    AtomicFile.write(file, out -> out.write(7));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasBinaryContent(new byte[] {7});
  }

  /** The shell's limit on file size makes the kernel refuse bytes, as a full disk does. */
  @Test
  void whenTheKernelRefusesMoreBytesTheOldFileStaysAndNothingElseIsLeft() throws Exception {
    Path shell = Path.of("/bin/sh");
    assumeTrue(Files.isExecutable(shell), "needs a POSIX shell for its ulimit");
    Path file = Files.writeString(directory.resolve("a"), "old");
    List<String> command =
        new ArrayList<>(List.of(shell.toString(), "-c", "ulimit -f 2048; exec \"$@\"", "sh"));
    command.addAll(ChildProcess.command(LargeWritingProcess.class, file.toString()));

    Process process = ChildProcess.start(command);
    try (BufferedReader said = process.inputReader()) {
      assertThat(said.readLine()).startsWith("Cannot write " + file + ": ");
    }

    assertThat(process.waitFor()).isZero();
    assertThat(file).hasContent("old");
    assertThat(directory.toFile().list()).containsExactly("a");
  }

  /** Writes more than the limit above. */
  static final class LargeWritingProcess {

    private LargeWritingProcess() {}

    public static void main(String[] arguments) {
      try {
        AtomicFile.write(Path.of(arguments[0]), out -> out.write(new byte[4 << 20]));
        System.out.println("written");
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
