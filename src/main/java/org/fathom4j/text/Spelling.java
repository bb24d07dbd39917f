package org.fathom4j.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.DamerauLevenshteinDistance;

/** What somebody probably meant. */
public final class Spelling {

  private Spelling() {}

  /**
   * The candidate fewest edits away, in any case of letters; none that needs more edits than half
   * its letters, which would be another word and not another spelling. An edit adds, drops or
   * replaces a letter, or swaps two neighbours.
   */
  public static Optional<String> nearest(String word, Collection<String> candidates) {
    DamerauLevenshteinDistance distance = new DamerauLevenshteinDistance();
    String lower = word.toLowerCase(Locale.ROOT);
    return candidates.stream()
        .filter(
            candidate -> distance.apply(lower, candidate) <= Math.max(1, candidate.length() / 2))
        .min(Comparator.comparingInt(candidate -> distance.apply(lower, candidate)));
  }

  /** A question to follow a sentence, such as {@code " Did you mean 'mzas'?"}, or nothing. */
  public static String suggestion(String word, Collection<String> candidates) {
    return nearest(word, candidates).map(near -> " Did you mean '" + near + "'?").orElse("");
  }

  /**
   * The text that refuses an unknown name.
   *
   * @param what kind of name, such as {@code data set}
   * @param word what was typed
   * @param known the names there are, in the order to be listed
   */
  public static String unknown(String what, String word, Collection<String> known) {
    return unknown(what, word, known, known);
  }

  /**
   * The text that refuses an unknown name where some names have aliases.
   *
   * @param what kind of name
   * @param word what was typed
   * @param known the names to be listed
   * @param candidates these and their aliases
   */
  public static String unknown(
      String what, String word, Collection<String> known, Collection<String> candidates) {
    return String.format(
        "There is no %s '%s'.%s Known: %s.",
        what, word, suggestion(word, candidates), String.join(", ", known));
  }
}
