package org.fathom4j.cli;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Names a user typed, and what was probably meant. */
final class Names {

  private Names() {}

  /**
   * The constant of an enum by its name in any case.
   *
   * @throws IllegalArgumentException naming the option, what is allowed and the nearest spelling
   */
  static <E extends Enum<E>> E constant(String option, Class<E> type, String name) {
    List<String> allowed =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    int index = allowed.indexOf(name.toLowerCase(Locale.ROOT));
    if (index >= 0) {
      return type.getEnumConstants()[index];
    }
    throw new IllegalArgumentException(
        String.format(
            "%s does not know \"%s\".%s Allowed are %s.",
            option,
            name,
            nearest(name, allowed).map(near -> " Did you mean " + near + "?").orElse(""),
            String.join(", ", allowed)));
  }

  /** The name that takes the fewest edits, if they are fewer than half its letters. */
  static Optional<String> nearest(String typed, Collection<String> names) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    String lower = typed.toLowerCase(Locale.ROOT);
    return names.stream()
        .min(Comparator.comparingInt(name -> distance.apply(lower, name)))
        .filter(name -> distance.apply(lower, name) <= name.length() / 2);
  }
}
