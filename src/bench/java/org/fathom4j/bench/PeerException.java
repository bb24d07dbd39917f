package org.fathom4j.bench;

/** A process of the peers failed, died or did not answer: its row has no figure. */
final class PeerException extends RuntimeException {

  private static final long serialVersionUID = 1;

  PeerException(String message) {
    super(message);
  }

  PeerException(String message, Throwable cause) {
    super(message, cause);
  }
}
