package org.fathom4j.record;

import java.io.IOException;

/**
 * A file of a run is there but is not what the program wrote: cut short, or changed by other means.
 * What was in it can only be made again.
 */
public final class DamagedRecordException extends IOException {

  private static final long serialVersionUID = 1L;

  public DamagedRecordException(String message) {
    super(message);
  }

  public DamagedRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
