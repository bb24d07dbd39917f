package org.fathom4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fathom4j.text.Spelling;

/** Constants of enums by the names users type. */
final class Names {

  private Names() {}

  /** The names, in lower case. */
  static <E extends Enum<E>> List<String> of(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> constant.name().toLowerCase(Locale.ROOT))
        .toList();
  }

  /**
   * The constant of an enum by its name in any case.
   *
   * @throws IllegalArgumentException naming the option, what is allowed and the nearest spelling
   */
  static <E extends Enum<E>> E constant(String option, Class<E> type, String name) {
    int index = of(type).indexOf(name.toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw new IllegalArgumentException(Spelling.unknown(option, name, of(type)));
    }
    return type.getEnumConstants()[index];
  }
}
