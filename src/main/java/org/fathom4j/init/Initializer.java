package org.fathom4j.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.fathom4j.text.Spelling;

/**
 * A row of the catalogue: how an initialization scheme is called, built and cited.
 *
 * @param name lower case letters, digits and hyphens, such as {@code mzas}
 * @param aliases other names, of the same form
 * @param reference authors, year, title, equation and link
 * @param options in the order they are shown
 * @param factory builds the scheme from the texts of all options, defaults filled in; throws {@link
 *     IllegalArgumentException} for values that are not allowed
 */
public record Initializer(
    String name,
    List<String> aliases,
    String reference,
    List<InitializerOption> options,
    Function<Map<String, String>, InitializationScheme> factory) {

  public Initializer {
    aliases = List.copyOf(aliases);
    options = List.copyOf(options);
    requireName(name);
    aliases.forEach(Initializer::requireName);
    if (reference.isBlank()) {
      throw new IllegalArgumentException("Initializer '" + name + "' needs a reference.");
    }
  }

  /** The scheme with every option at its default. */
  public InitializationScheme scheme() {
    return scheme(Map.of());
  }

  /**
   * The scheme with these options, the others at their defaults.
   *
   * @throws InvalidInitializerException for a key that is no option, or a value that is not allowed
   */
  public InitializationScheme scheme(Map<String, String> given) {
    given.keySet().stream().filter(key -> !hasOption(key)).findFirst().ifPresent(this::refuse);
    Map<String, String> values = new LinkedHashMap<>();
    for (InitializerOption option : options) {
      values.put(option.key(), given.getOrDefault(option.key(), option.defaultValue()));
    }
    try {
      return factory.apply(values);
    } catch (IllegalArgumentException e) {
      throw new InvalidInitializerException(
          "Initializer '%s': %s Its %s".formatted(name, e.getMessage(), optionsInWords()), e);
    }
  }

  /** Name and aliases. */
  List<String> names() {
    List<String> names = new ArrayList<>(List.of(name));
    names.addAll(aliases);
    return names;
  }

  private boolean hasOption(String key) {
    return options.stream().anyMatch(option -> option.key().equals(key));
  }

  private void refuse(String key) {
    if (options.isEmpty()) {
      throw new InvalidInitializerException(
          "Initializer '%s' has no options, so not '%s' either.".formatted(name, key));
    }
    List<String> keys = options.stream().map(InitializerOption::key).toList();
    throw new InvalidInitializerException(
        "Initializer '%s' has no option '%s'.%s Its %s"
            .formatted(name, key, Spelling.suggestion(key, keys), optionsInWords()));
  }

  private String optionsInWords() {
    StringBuilder words = new StringBuilder(options.size() == 1 ? "option: " : "options: ");
    String separator = "";
    for (InitializerOption option : options) {
      words.append(separator).append(option.key()).append('=').append(option.defaultValue());
      words.append(" (").append(option.meaning()).append(')');
      separator = ", ";
    }
    return words.append('.').toString();
  }

  private static void requireName(String name) {
    if (!name.matches("[a-z0-9][a-z0-9-]*")) {
      throw new IllegalArgumentException(
          "'" + name + "' cannot be the name of an initializer: lower case letters, digits and -.");
    }
  }
}
