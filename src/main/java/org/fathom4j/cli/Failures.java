package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Turns exceptions into a line on stderr and an {@link ExitCode}: impossible values are bad usage,
 * input and output that fail are failures, both without a stack trace; whatever else is thrown is a
 * bug and keeps its trace.
 */
final class Failures implements IExecutionExceptionHandler {

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    PrintWriter err = command.getErr();
    if (failure instanceof IllegalArgumentException) {
      err.println(command.getColorScheme().errorText(failure.getMessage()));
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
      return ExitCode.USAGE;
    }
    if (failure instanceof IOException) {
      err.println(command.getColorScheme().errorText(failure.getMessage()));
      return ExitCode.FAILED;
    }
    failure.printStackTrace(err);
    return ExitCode.FAILED;
  }
}
