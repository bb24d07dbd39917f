package org.fathom4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/**
 * The processor family whose instructions OpenBLAS uses, such as {@code SkylakeX} or {@code Zen}.
 *
 * <p>JavaCPP does not export {@code openblas_get_corename}; but with {@code OPENBLAS_VERBOSE=2} the
 * library says it on stderr while it is loaded. It is loaded already in this process, so a second
 * Java is asked, which takes about a second.
 */
final class OpenBlasCore {

  private static final String PREFIX = "Core: ";
  private static final int TIMEOUT_SECONDS = 30;

  /** What OpenBLAS falls back to on x86-64 and on arm64 when it does not know the processor. */
  private static final Set<String> OLDEST = Set.of("prescott", "generic", "armv8");

  private OpenBlasCore() {}

  /** Loads the library and ends. */
  public static void main(String[] arguments) {
    Loader.load(openblas.class);
  }

  /** Empty where the library does not tell. */
  static Optional<String> find() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            OpenBlasCore.class.getName());
    builder.environment().put("OPENBLAS_VERBOSE", "2");
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      try {
        // Its few lines fit into the pipe: waiting first cannot block it, and reading first could
        // us.
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
          return Optional.empty();
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return said.lines()
            .filter(line -> line.startsWith(PREFIX))
            .map(line -> line.substring(PREFIX.length()).strip())
            .findFirst();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Whether it is the fallback for processors the library does not know. */
  static boolean isSlow(String core) {
    return OLDEST.contains(core.toLowerCase(Locale.ROOT));
  }
}
