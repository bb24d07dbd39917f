package org.fathom4j.cli;

import picocli.CommandLine.TypeConversionException;

/** Numbers as users type them; picocli puts the name of the option before what is said here. */
final class Numbers {

  private Numbers() {}

  static int wholeNumber(String text) {
    long number = longWholeNumber(text);
    if (number != (int) number) {
      throw tooLarge(text);
    }
    return (int) number;
  }

  static long longWholeNumber(String text) {
    try {
      return Long.parseLong(text.trim());
    } catch (NumberFormatException e) {
      throw text.trim().matches("[+-]?\\d+")
          ? tooLarge(text)
          : new TypeConversionException("'" + text + "' is no whole number.");
    }
  }

  static double number(String text) {
    try {
      return Double.parseDouble(text.trim());
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is no number.");
    }
  }

  /**
   * Refuses a value below a bound.
   *
   * @throws IllegalArgumentException naming the option
   */
  static void requireAtLeast(int least, String option, int value) {
    if (value < least) {
      throw new IllegalArgumentException(
          option + " must be at least " + least + ", but is " + value + ".");
    }
  }

  /**
   * Refuses an impossible value.
   *
   * @throws IllegalArgumentException naming the option
   */
  static void require(boolean possible, String option, String bounds, double value) {
    if (!possible) {
      throw new IllegalArgumentException(option + " must be " + bounds + ", but is " + value + ".");
    }
  }

  private static TypeConversionException tooLarge(String text) {
    return new TypeConversionException("'" + text + "' has more digits than this program can use.");
  }
}
