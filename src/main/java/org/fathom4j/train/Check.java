package org.fathom4j.train;

import java.util.Objects;

/**
 * One thing that was looked at to verify a record.
 *
 * @param name what, such as {@code file model.zip} or {@code replay}
 * @param verdict what came out
 * @param detail in words: what was compared, what differs, or why nothing could be compared
 */
public record Check(String name, Verdict verdict, String detail) {

  /** What can come out. */
  public enum Verdict {
    /** Everything compared is the same. */
    HOLDS,
    /** Something compared is not the same. */
    DIFFERS,
    /** There is nothing to compare with, and that is no fault of the record. */
    NOTHING_TO_COMPARE,
    /** The comparison could not be made here: data, hashes, memory or a kernel are missing. */
    NOT_POSSIBLE
  }

  public Check {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(verdict, "verdict");
    Objects.requireNonNull(detail, "detail");
  }

  /** Everything compared is the same. */
  public static Check holds(String name, String detail) {
    return new Check(name, Verdict.HOLDS, detail);
  }

  /** Something is not the same. */
  public static Check differs(String name, String detail) {
    return new Check(name, Verdict.DIFFERS, detail);
  }

  /** There is nothing to compare with. */
  public static Check nothing(String name, String why) {
    return new Check(name, Verdict.NOTHING_TO_COMPARE, why);
  }

  /** It could not be compared here. */
  public static Check notPossible(String name, String why) {
    return new Check(name, Verdict.NOT_POSSIBLE, why);
  }
}
