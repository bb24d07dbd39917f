package org.fathom4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
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
   * A list of numbers such as {@code 0.1,1,5}.
   *
   * @throws IllegalArgumentException naming the option and the entry that is wrong
   */
  static List<Double> list(String option, String text) {
    return entries(option, text, "numbers such as 0.1,1,5", Numbers::number);
  }

  /**
   * A list of whole numbers such as {@code 0,10,100}.
   *
   * @throws IllegalArgumentException naming the option and the entry that is wrong
   */
  static List<Long> wholeNumbers(String option, String text) {
    return entries(option, text, "whole numbers such as 0,10,100", Numbers::longWholeNumber);
  }

  /**
   * A list of depths, each at least 1 and none twice.
   *
   * @throws IllegalArgumentException naming the option and the depth that is wrong
   */
  static List<Integer> depths(String option, String text) {
    List<Integer> depths = new ArrayList<>();
    for (int depth :
        entries(option, text, "whole numbers such as 10,100,1000", Numbers::wholeNumber)) {
      requireAtLeast(1, option, depth);
      if (depths.contains(depth)) {
        throw new IllegalArgumentException(option + " has " + depth + " twice in '" + text + "'.");
      }
      depths.add(depth);
    }
    return depths;
  }

  private static <T> List<T> entries(
      String option, String text, String what, Function<String, T> converter) {
    List<T> numbers = new ArrayList<>();
    for (String entry : text.split(",", -1)) {
      try {
        numbers.add(converter.apply(entry));
      } catch (TypeConversionException e) {
        throw new IllegalArgumentException(
            option + " is a list of " + what + ", but in '" + text + "' " + e.getMessage(), e);
      }
    }
    return numbers;
  }

  /** Eight significant digits: for tables. */
  static String text(double number) {
    return number == 0 ? "0" : String.format(Locale.ROOT, "%.8g", number);
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
