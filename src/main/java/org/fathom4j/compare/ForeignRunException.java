package org.fathom4j.compare;

import java.io.IOException;

/** A run in the directory of a comparison is not one of those that it asks for. */
final class ForeignRunException extends IOException {

  private static final long serialVersionUID = 1L;

  ForeignRunException(String message) {
    super(message);
  }
}
