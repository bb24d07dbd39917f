package org.fathom4j.init;

/**
 * An option of an initializer, {@code key=value} in its text.
 *
 * @param key such as {@code gain}
 * @param defaultValue the text of the value that a missing option has
 * @param meaning what it sets, and which values are allowed
 */
public record InitializerOption(String key, String defaultValue, String meaning) {

  public InitializerOption {
    if (!key.matches("[a-z][a-z0-9-]*")) {
      throw new IllegalArgumentException("'" + key + "' cannot be the key of an option.");
    }
  }
}
