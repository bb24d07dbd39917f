package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Turns exceptions into words on stderr and an {@link ExitCode}: impossible values are bad usage,
 * input, output or memory that fails are failures, all without a stack trace; whatever else is
 * thrown is a fault of the program and keeps its trace.
 */
final class Failures implements IExecutionExceptionHandler {

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult parseResult) {
    PrintWriter err = command.getErr();
    if (failure instanceof IllegalArgumentException
        || failure instanceof DL4JInvalidConfigException) {
      err.println(command.getColorScheme().errorText(failure.getMessage()));
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
      return ExitCode.USAGE;
    }
    if (failure instanceof IOException) {
      err.println(command.getColorScheme().errorText(failure.getMessage()));
      return ExitCode.FAILED;
    }
    err.println("A fault of the program, not of yours; please report it with these lines:");
    err.println("fathom " + String.join(" ", parseResult.originalArgs()));
    failure.printStackTrace(err);
    return ExitCode.FAILED;
  }
}
