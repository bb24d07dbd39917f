package org.fathom4j.cli;

import java.util.Locale;

/** What the launcher found out about the terminal; Java itself cannot ask about stderr. */
final class Terminal {

  private Terminal() {}

  /** Whether a person sees stderr. */
  static boolean isErr() {
    return Boolean.getBoolean("fathom.terminal.err");
  }

  /** Whether a person sees stdout, and wants colour. */
  static boolean isColorful() {
    return Boolean.getBoolean("fathom.terminal.out") && System.getenv("NO_COLOR") == null;
  }

  /** Whether block characters can be shown. */
  static boolean isUnicode() {
    String locale =
        System.getenv().getOrDefault("LC_ALL", System.getenv().getOrDefault("LANG", ""));
    return locale.toUpperCase(Locale.ROOT).contains("UTF");
  }
}
