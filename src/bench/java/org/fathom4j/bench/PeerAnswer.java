package org.fathom4j.bench;

import java.util.Optional;

/**
 * One line from a {@link PeerProcess}: {@code peer: ok 0.25} or {@code peer: failed what happened}.
 *
 * @param failed whether the request could not be met
 * @param text the result, may be empty; or what happened
 */
record PeerAnswer(boolean failed, String text) {

  private static final String OK = "peer: ok";
  private static final String FAILED = "peer: failed";

  /** The answer in a line; empty if a library wrote the line. */
  static Optional<PeerAnswer> parse(String line) {
    if (line.equals(OK) || line.startsWith(OK + " ")) {
      return Optional.of(new PeerAnswer(false, line.substring(OK.length()).strip()));
    }
    if (line.equals(FAILED) || line.startsWith(FAILED + " ")) {
      return Optional.of(new PeerAnswer(true, line.substring(FAILED.length()).strip()));
    }
    return Optional.empty();
  }

  /** A line, whatever the text. */
  @Override
  public String toString() {
    return ((failed ? FAILED : OK) + " " + text.replaceAll("\\s*\\R\\s*", " ")).strip();
  }
}
