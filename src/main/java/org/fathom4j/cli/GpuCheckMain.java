package org.fathom4j.cli;

import picocli.CommandLine;

/**
 * {@code fathom gpu-check} as a program of its own, for the bundle that {@code scripts/gpu-bundle}
 * makes: it has no ND4J, which most other commands of {@link Main} need as soon as they are listed.
 */
public final class GpuCheckMain {

  private GpuCheckMain() {}

  /** Checks the GPU and ends the process with its {@link ExitCode}. */
  public static void main(String[] arguments) {
    CommandLine program = Main.withManners(new CommandLine(new GpuCheckCommand()));
    program.getCommandSpec().versionProvider(new Main.Version());
    System.exit(Main.run(program, arguments));
  }
}
