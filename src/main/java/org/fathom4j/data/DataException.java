package org.fathom4j.data;

import java.io.IOException;

/**
 * Data that are missing, damaged or not what they claim to be; the message names the file, what was
 * found, what was expected, and the cure.
 */
public final class DataException extends IOException {

  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
