package org.fathom4j.cli;

/** What the process says to the shell; numbers are a promise of the command line's contract. */
public final class ExitCode {

  public static final int DONE = 0;

  /** Input or output, data, or memory failed. */
  public static final int FAILED = 1;

  /** Bad usage or configuration; nothing was written. */
  public static final int USAGE = 2;

  /** The run diverged: an outcome, not a failure of the program. */
  public static final int DIVERGED = 3;

  /** A check did not hold. */
  public static final int CHECK_FAILED = 4;

  /** Interrupted by the user, after a checkpoint was written. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
