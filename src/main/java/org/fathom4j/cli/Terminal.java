package org.fathom4j.cli;

import java.util.Locale;

/** What the launcher found out about the terminal; Java itself cannot ask about stderr. */
final class Terminal {

  private static final int USUAL_COLUMNS = 80;

  /** Terminals that do not know their size say 0. */
  private static final int FEWEST_COLUMNS = 20;

  private Terminal() {}

  /** Whether a person sees stderr. */
  static boolean isErr() {
    return Boolean.getBoolean("fathom.terminal.err");
  }

  /** Whether a person sees stdout, and wants colour. */
  static boolean isColorful() {
    return Boolean.getBoolean("fathom.terminal.out") && System.getenv("NO_COLOR") == null;
  }

  /** How many characters a line of the terminal behind stderr has. */
  static int columns() {
    int columns = Integer.getInteger("fathom.terminal.columns", USUAL_COLUMNS);
    return columns < FEWEST_COLUMNS ? USUAL_COLUMNS : columns;
  }

  /** Whether block characters can be shown. */
  static boolean isUnicode() {
    String locale =
        System.getenv().getOrDefault("LC_ALL", System.getenv().getOrDefault("LANG", ""));
    return locale.toUpperCase(Locale.ROOT).contains("UTF");
  }
}
