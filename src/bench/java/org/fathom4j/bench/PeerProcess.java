package org.fathom4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that computes when it is asked to, and is stopped in between, so that none of its
 * threads, spinning ones of OpenMP included, takes a core from the process that is timed.
 *
 * <p>It reads requests from stdin, a line each, and writes one answer each to stdout, {@link
 * PeerAnswer}; other lines of stdout are logged. Stopping is SIGSTOP and SIGCONT, so it needs a
 * POSIX system. A process that is still there when this Java machine ends is killed.
 */
final class PeerProcess implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PeerProcess.class);

  private static final int LAST_LINES = 12;
  private static final Duration DEATH = Duration.ofSeconds(20);

  private final String name;
  private final Duration patience;
  private final Process process;
  private final PrintStream requests;
  private final Path errors;
  private final Thread killer;
  private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

  /**
   * Starts the process; it is stopped after its first answer.
   *
   * @param name for messages
   * @param patience to wait for an answer before the process is given up
   */
  PeerProcess(String name, List<String> command, PeerSetting setting, Duration patience) {
    this.name = name;
    this.patience = patience;
    ProcessBuilder builder = new ProcessBuilder(command);
    setting.apply(builder.environment());
    try {
      errors = Files.createTempFile("fathom-peer-", ".log");
      errors.toFile().deleteOnExit(); // where close is never reached
      process = builder.redirectError(errors.toFile()).start();
    } catch (IOException e) {
      throw new PeerException("Cannot start " + name + ": " + e.getMessage(), e);
    }
    killer = new Thread(process::destroyForcibly, "kill " + name);
    Runtime.getRuntime().addShutdownHook(killer);
    requests = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "answers of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  /** All lines, then an empty one for the end. */
  private void read() {
    try (BufferedReader answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        lines.add(Optional.of(line));
      }
    } catch (IOException e) {
      log.debug("Reading from {}: {}", name, e.getMessage()); // closed by us, or it died
    } finally {
      lines.add(Optional.empty());
    }
  }

  /**
   * Wakes the process, asks, waits for the answer, and stops the process again.
   *
   * @return the answer, may be empty
   * @throws PeerException if the process says that it failed, dies, or does not answer in time
   */
  String ask(String request) {
    signal("CONT");
    requests.println(request);
    String answer = answerTo(request);
    signal("STOP");
    return answer;
  }

  /** {@link #ask} for a number. */
  double number(String request) {
    String answer = ask(request);
    try {
      return Double.parseDouble(answer);
    } catch (NumberFormatException e) {
      throw new PeerException(
          String.format("%s answered '%s' to '%s', which is no number.", name, answer, request), e);
    }
  }

  private String answerTo(String request) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<String> line;
      try {
        line = lines.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PeerException("Interrupted while waiting for " + name + ".", e);
      }
      if (line == null) {
        throw new PeerException(
            String.format(
                "%s did not answer '%s' within %d s.%s",
                name, request, patience.toSeconds(), lastWords()));
      }
      if (line.isEmpty()) {
        throw new PeerException(
            String.format(
                "%s ended with exit code %s instead of answering '%s'.%s",
                name, exitCode(), request, lastWords()));
      }
      Optional<PeerAnswer> answer = PeerAnswer.parse(line.get());
      if (answer.isEmpty()) {
        log.debug("{} says: {}", name, line.get());
      } else if (answer.get().failed()) {
        throw new PeerException(
            String.format("%s, asked '%s': %s", name, request, answer.get().text()));
      } else {
        return answer.get().text();
      }
    }
  }

  private String exitCode() {
    try {
      return process.waitFor(DEATH.toSeconds(), TimeUnit.SECONDS)
          ? Integer.toString(process.exitValue())
          : "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }

  /** The end of what the process wrote on stderr. */
  private String lastWords() {
    List<String> all;
    try {
      all = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return " Its stderr cannot be read: " + e.getMessage();
    }
    if (all.isEmpty()) {
      return " It wrote nothing on stderr.";
    }
    List<String> last = all.subList(Math.max(0, all.size() - LAST_LINES), all.size());
    return " Its last words on stderr:\n  " + String.join("\n  ", last);
  }

  private void signal(String signal) {
    if (!process.isAlive()) {
      return; // the missing answer tells, with its last words
    }
    try {
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
              .redirectErrorStream(true)
              .start();
      String words = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0 && process.isAlive()) {
        throw new PeerException(
            String.format(
                "Cannot send SIG%s to %s, process %d: %s",
                signal, name, process.pid(), words.strip()));
      }
    } catch (IOException e) {
      throw new PeerException(
          String.format(
              "Cannot send SIG%s to %s with 'sh -c kill': %s. The peers need a POSIX system.",
              signal, name, e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PeerException("Interrupted while signalling " + name + ".", e);
    }
  }

  /** Whether the process is there, stopped or not. */
  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills the process, and waits until its memory is free for the next. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(DEATH.toSeconds(), TimeUnit.SECONDS)) {
        log.warn("{}, process {}, was killed but is still there.", name, process.pid());
      }
      Files.deleteIfExists(errors);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.warn("Cannot delete {}: {}", errors, e.getMessage());
    }
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException e) {
      log.debug("{} is closed during shutdown.", name);
    }
  }
}
