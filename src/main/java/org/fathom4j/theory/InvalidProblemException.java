package org.fathom4j.theory;

/**
 * A target, an initialization, a depth, a learning rate or a time for which the question has no
 * answer. The message names the value and what is allowed.
 */
public final class InvalidProblemException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  InvalidProblemException(String message) {
    super(message);
  }

  InvalidProblemException(String message, Throwable cause) {
    super(message, cause);
  }
}
