package org.fathom4j.init;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what somebody may have meant. */
final class Spelling {

  /** Edits that a short word may be away; longer ones half their length. */
  private static final int EDITS_OF_SHORT_WORDS = 2;

  private Spelling() {}

  /** The candidate fewest edits away, if that is few for so short a word. */
  static Optional<String> nearest(String word, Collection<String> candidates) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    int limit = Math.max(EDITS_OF_SHORT_WORDS, word.length() / 2);
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance.apply(word, candidate)))
        .filter(candidate -> distance.apply(word, candidate) <= limit);
  }

  /** A question to follow a sentence, or nothing. */
  static String suggestion(Optional<String> nearest) {
    return nearest.map(word -> " Did you mean '" + word + "'?").orElse("");
  }
}
