package org.fathom4j.ui;

import java.io.IOException;

/** The monitor cannot be started; the message says why and what to do. */
public final class MonitorException extends IOException {

  private static final long serialVersionUID = 1L;

  MonitorException(String message, Throwable cause) {
    super(message, cause);
  }
}
