package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.fathom4j.network.KernelFailure;
import org.fathom4j.record.NoSuchRunException;
import org.fathom4j.text.Spelling;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Turns everything that is thrown into words on stderr and an {@link ExitCode}.
 *
 * <p>Unknown words and impossible values are bad usage; input, output, native libraries, memory or
 * GPUs that fail are failures; all without a stack trace. Whatever else is thrown is a fault of the
 * program and keeps its trace.
 */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private static final double GIB = 1L << 30;

  private static final String INVALID_CONFIGURATION =
      "org.deeplearning4j.exception.DL4JInvalidConfigException";

  /** Words of ND4J's CUDA backend. */
  private static final String DEVICE_MEMORY = "[DEVICE] allocation failed";

  /** Words of the Java machine, and of JavaCPP, for limits that follow the largest heap. */
  private static final List<String> HEAP_LIMITS =
      List.of(
          "Java heap",
          "GC overhead",
          "array size",
          "direct buffer memory",
          "> maxBytes",
          "> maxPhysicalBytes");

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    if (isOnlyAGroup(command) && e.getClass() == ParameterException.class) { // no command said
      command.usage(command.getErr(), command.getColorScheme());
      return ExitCode.USAGE;
    }
    return badUsage(
        e instanceof UnmatchedArgumentException unmatched
            ? unknownWord(unmatched.getUnmatched().get(0), command.getCommandSpec())
            : e.getMessage(),
        command);
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parseResult) {
    Throwable failure = e instanceof UncheckedIOException ? e.getCause() : e;
    Optional<String> ofKernel = KernelFailure.message(failure);
    if (ofKernel.isPresent() && !(failure instanceof IOException)) { // those say more themselves
      return failed(ofKernel.get(), command);
    }
    if (isOutOfMemory(failure)) {
      return outOfMemory(failure, command);
    }
    if (failure instanceof IllegalArgumentException
        || failure instanceof NoSuchRunException
        || isInvalidConfiguration(failure)) {
      return badUsage(failure.getMessage(), command);
    }
    if (failure instanceof IOException io) {
      return failed(words(io), command);
    }
    PrintWriter err = command.getErr();
    err.println("A fault of the program, not of yours; please report it with these lines:");
    err.println("fathom " + String.join(" ", parseResult.originalArgs()));
    e.printStackTrace(err);
    err.flush();
    return ExitCode.FAILED;
  }

  /** Memory ran out: how much there may be, and how to give more or take less. */
  static int outOfMemory(Throwable failure, CommandLine command) {
    String what = failure.getMessage();
    if (holds(failure, DEVICE_MEMORY)) {
      return failed(
          "Out of memory on the GPU: "
              + what
              + (what != null && what.endsWith(".") ? "" : ".")
              + " End other programs on it, or reduce --batch-size, --width, --hidden-width or"
              + " --depth.",
          command);
    }
    if (!isLimitedByTheHeap(failure)) {
      return failed(
          "Out of memory outside the Java heap: "
              + what
              + (what != null && what.endsWith(".") ? "" : ".")
              + " End other programs, or reduce --batch-size, --width, --hidden-width or --depth.",
          command);
    }
    return failed(
        String.format(
            Locale.ROOT,
            "Out of memory: %s. The Java heap may grow to %.1f GiB: give more, as in"
                + " FATHOM_JAVA_OPTS=-Xmx8g ./fathom …, or reduce --batch-size, --width,"
                + " --hidden-width or --depth.",
            what,
            Runtime.getRuntime().maxMemory() / GIB),
        command);
  }

  /** Whether a larger heap is the cure. JavaCPP names its limit in a cause, where it is one. */
  private static boolean isLimitedByTheHeap(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (message == null
          ? t instanceof OutOfMemoryError
          : HEAP_LIMITS.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }

  /** A native library, or a class that needs one, cannot be loaded. */
  static int notLoadable(LinkageError failure, CommandLine command) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof IllegalArgumentException) { // a system property, read when a class begins
      return badUsage(root.getMessage(), command);
    }
    return failed(
        "A library cannot be loaded ("
            + root
            + "). Delete the directory target, so that ./fathom builds anew for this machine, and"
            + " look at what 'fathom doctor' says.",
        command);
  }

  /** Tells what cannot be meant. */
  static int badUsage(String message, CommandLine command) {
    PrintWriter err = command.getErr();
    err.println(command.getColorScheme().errorText(message));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    err.flush();
    return ExitCode.USAGE;
  }

  /** Tells what failed. */
  static int failed(String message, CommandLine command) {
    PrintWriter err = command.getErr();
    err.println(command.getColorScheme().errorText(message));
    err.flush();
    return ExitCode.FAILED;
  }

  /** By its name: gpu-check's bundle has no Deeplearning4j to take the class from. */
  private static boolean isInvalidConfiguration(Throwable failure) {
    return failure.getClass().getName().equals(INVALID_CONFIGURATION);
  }

  private static boolean isOnlyAGroup(CommandLine command) {
    Object user = command.getCommandSpec().userObject();
    return !command.getSubcommands().isEmpty()
        && !(user instanceof Runnable)
        && !(user instanceof Callable);
  }

  /** ND4J reports native memory that ran out as a plain exception of C++'s words. */
  private static boolean isOutOfMemory(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof OutOfMemoryError) {
        return true;
      }
    }
    return holds(failure, "bad_alloc") || holds(failure, DEVICE_MEMORY);
  }

  private static boolean holds(Throwable failure, String words) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t.getMessage() != null && t.getMessage().contains(words)) {
        return true;
      }
    }
    return false;
  }

  private static String unknownWord(String word, CommandSpec command) {
    return ArgumentFiles.problem(word).orElseGet(() -> noUseFor(word, command));
  }

  private static String noUseFor(String word, CommandSpec command) {
    String name = command.qualifiedName();
    List<String> options =
        command.options().stream()
            .filter(option -> !option.hidden())
            .map(OptionSpec::longestName)
            .toList();
    if (word.startsWith("-")) {
      String option = word.split("=", 2)[0];
      String suggestion = Spelling.suggestion(option, options);
      return name
          + " has no option '"
          + option
          + "' in this version."
          + (suggestion.isEmpty() ? " Known: " + String.join(", ", options) + "." : suggestion);
    }
    List<String> commands =
        command.subcommands().values().stream().map(CommandLine::getCommandName).toList();
    if (!commands.isEmpty()) {
      return Spelling.unknown("command", word, commands);
    }
    return name
        + " has no use for the word '"
        + word
        + "'."
        + Spelling.suggestion("--" + word, options);
  }

  /** The exceptions of file systems often have the name of the file for their whole message. */
  private static String words(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return "There is no file " + missing.getFile() + ".";
    }
    if (e instanceof AccessDeniedException denied) {
      return "Permission denied: " + denied.getFile() + ".";
    }
    boolean bare = e instanceof FileSystemException || e.getMessage() == null;
    return bare ? e.toString() : e.getMessage();
  }
}
