package org.fathom4j.record;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Starts a class of the tests in a Java of its own. */
final class ChildProcess {

  private ChildProcess() {}

  static List<String> command(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Reads on, past what libraries log, until the process says what is expected of it. */
  static String awaitLine(BufferedReader said, Predicate<String> expected) throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (expected.test(line)) {
        return line;
      }
    }
    throw new AssertionError("The process ended without saying what was expected.");
  }
}
