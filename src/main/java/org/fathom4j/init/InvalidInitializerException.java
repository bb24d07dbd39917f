package org.fathom4j.init;

/**
 * A text names no initializer, or gives one options it does not have or values it does not allow.
 * The message says what is allowed.
 */
public final class InvalidInitializerException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  InvalidInitializerException(String message) {
    super(message);
  }

  InvalidInitializerException(String message, Throwable cause) {
    super(message, cause);
  }
}
