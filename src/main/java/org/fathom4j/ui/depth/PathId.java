package org.fathom4j.ui.depth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Names of directories as one word that every part of an address takes as it is.
 *
 * <p>Letters and digits of ASCII, dot, underscore and hyphen stand for themselves, {@code ~s} for
 * the separator of two names, {@code ~XX} for a byte of UTF-8, the tilde's own too. So each list of
 * names has one id, and each id one list of names.
 */
final class PathId {

  private static final String SEPARATOR = "~s";
  private static final String HEXADECIMAL = "0123456789ABCDEF";

  private PathId() {}

  static String of(List<String> names) {
    return names.stream().map(PathId::escaped).collect(Collectors.joining(SEPARATOR));
  }

  private static String escaped(String name) {
    StringBuilder text = new StringBuilder(name.length());
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (isPlain((char) (b & 0xFF))) {
        text.append((char) b);
      } else {
        text.append('~')
            .append(HEXADECIMAL.charAt((b >> 4) & 15))
            .append(HEXADECIMAL.charAt(b & 15));
      }
    }
    return text.toString();
  }

  private static boolean isPlain(char c) {
    return c >= 'A' && c <= 'Z'
        || c >= 'a' && c <= 'z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '_'
        || c == '-';
  }

  /**
   * The names that an id stands for; empty for a text that {@link #of} makes of no names, and for
   * names that no directory has: the empty one, dot and dot dot, and whatever holds a separator or
   * a zero.
   */
  static Optional<List<String>> names(String id) {
    List<String> names = new ArrayList<>();
    for (String part : id.split(SEPARATOR, -1)) {
      Optional<String> name = unescaped(part).filter(PathId::canBeName);
      if (name.isEmpty()) {
        return Optional.empty();
      }
      names.add(name.get());
    }
    return of(names).equals(id) ? Optional.of(names) : Optional.empty();
  }

  private static boolean canBeName(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == 0);
  }

  private static Optional<String> unescaped(String part) {
    ByteBuffer bytes = ByteBuffer.allocate(part.length());
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (isPlain(c)) {
        bytes.put((byte) c);
      } else if (c == '~' && i + 2 < part.length()) {
        int high = HEXADECIMAL.indexOf(part.charAt(i + 1));
        int low = HEXADECIMAL.indexOf(part.charAt(i + 2));
        if (high < 0 || low < 0) {
          return Optional.empty();
        }
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty(); // no text, so no name that was ever escaped
    }
  }
}
