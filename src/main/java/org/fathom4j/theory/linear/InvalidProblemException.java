package org.fathom4j.theory.linear;

/**
 * A target, an initialization, a depth, a learning rate or a time for which the question has no
 * answer. The message names the value and what is allowed.
 */
public final class InvalidProblemException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  /** A problem, told by what is wrong and what is allowed. */
  public InvalidProblemException(String message) {
    super(message);
  }

  /** The same of a failure in what was given. */
  public InvalidProblemException(String message, Throwable cause) {
    super(message, cause);
  }
}
