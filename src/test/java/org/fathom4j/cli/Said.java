package org.fathom4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command left behind.
 *
 * @param code of the exit
 * @param out what went to stdout
 * @param err what went to stderr
 */
record Said(int code, String out, String err) {

  /** Runs a command in this process. */
  static Said by(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true)),
            arguments);
    return new Said(code, out.toString(), err.toString());
  }
}
