package org.fathom4j.record;

import java.io.IOException;

/** The run that was named does not exist: a mistake in the command, not a failure of the disk. */
public final class NoSuchRunException extends IOException {

  private static final long serialVersionUID = 1L;

  NoSuchRunException(String message) {
    super(message);
  }
}
