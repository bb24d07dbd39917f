package org.fathom4j.ui.depth;

/**
 * What a request gets.
 *
 * @param status of HTTP
 * @param type of the content
 * @param policy what the browser lets the content do
 * @param tag tells one content from another; null if it is not worth keeping
 * @param body the content
 */
record Answer(int status, String type, String policy, String tag, byte[] body) {

  /** Ours alone: scripts, styles and data of this server, and pictures drawn in the page. */
  static final String OURS =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src"
          + " 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors"
          + " 'none'";

  /** A page of its own: its own styles and pictures, no script, nothing from anywhere. */
  static final String SEALED =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action"
          + " 'none'; frame-ancestors 'none'; sandbox";

  private static final byte[] NOTHING = {};

  static Answer json(int status, String tag, byte[] body) {
    return new Answer(status, "application/json", "default-src 'none'", tag, body);
  }

  static Answer unchanged(String tag) {
    return new Answer(304, null, OURS, tag, NOTHING);
  }
}
