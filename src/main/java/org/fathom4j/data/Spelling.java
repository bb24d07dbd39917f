package org.fathom4j.data;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What the user probably meant. */
final class Spelling {

  private Spelling() {}

  /** Says that a name is unknown, which are allowed, and which one is nearest in spelling. */
  static IllegalArgumentException unknown(String what, String name, List<String> allowed) {
    String suggestion = nearest(name, allowed).map(n -> " Did you mean " + n + "?").orElse("");
    return new IllegalArgumentException(
        String.format(
            "Unknown %s '%s': known are %s.%s",
            what, name, String.join(", ", allowed), suggestion));
  }

  private static Optional<String> nearest(String name, List<String> allowed) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String lower = name.toLowerCase(Locale.ROOT);
    // Beyond half of its letters a name is another word, not another spelling.
    return allowed.stream()
        .filter(a -> distance.apply(lower, a) <= Math.max(1, a.length() / 2))
        .min(Comparator.comparing(a -> distance.apply(lower, a)));
  }
}
