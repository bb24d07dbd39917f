package org.fathom4j.network;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.fathom4j.text.Spelling;

/**
 * How the learning rate changes over a run, as a factor on it.
 *
 * <pre>
 *   constant   1
 *   linear     1 − (1 − end) t        t = (iteration − warmup) / (iterations − warmup)
 *   cosine     end + (1 − end)(1 + cos πt)/2
 * </pre>
 *
 * after a warm-up in which the factor rises linearly to 1.
 *
 * @param decay the curve
 * @param end the factor at the end of the run; 1 for a constant rate
 * @param warmup iterations in which the rate rises from η/(warmup + 1)
 */
public record Schedule(Decay decay, double end, int warmup) {

  /** A rate that stays. */
  public static final Schedule CONSTANT = new Schedule(Decay.CONSTANT, 1, 0);

  /** The curves. */
  public enum Decay {
    CONSTANT,
    LINEAR,
    COSINE
  }

  public Schedule {
    if (!(end >= 0 && end <= 1)) {
      throw new IllegalArgumentException(
          "A schedule's end must be a factor from 0 to 1, but is " + end + ".");
    }
    if (warmup < 0) {
      throw new IllegalArgumentException(
          "A schedule's warmup must be at least 0 iterations, but is " + warmup + ".");
    }
    if (decay == Decay.CONSTANT && end != 1) {
      throw new IllegalArgumentException("A constant schedule has no end; use linear or cosine.");
    }
  }

  /**
   * Reads {@code constant}, {@code linear} or {@code cosine}, with options as in {@code
   * linear:end=0.02,warmup=100}.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static Schedule parse(String text) {
    String[] nameAndOptions = text.trim().split(":", 2);
    Decay decay = decay(nameAndOptions[0]);
    Map<String, String> options = new LinkedHashMap<>();
    if (nameAndOptions.length == 2) {
      for (String option : nameAndOptions[1].split(",")) {
        String[] keyAndValue = option.split("=", 2);
        if (keyAndValue.length != 2 || !List.of("end", "warmup").contains(keyAndValue[0].trim())) {
          throw new IllegalArgumentException(
              "A learning-rate schedule knows end=FACTOR and warmup=ITERATIONS, not \""
                  + option
                  + "\"; for example linear:end=0.02,warmup=100.");
        }
        options.put(keyAndValue[0].trim(), keyAndValue[1].trim());
      }
    }
    double defaultEnd = decay == Decay.CONSTANT ? 1 : 0;
    try {
      return new Schedule(
          decay,
          options.containsKey("end") ? Double.parseDouble(options.get("end")) : defaultEnd,
          options.containsKey("warmup") ? Integer.parseInt(options.get("warmup")) : 0);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The learning-rate schedule \""
              + text
              + "\" holds something that is no number; write it as in linear:end=0.02,warmup=100.",
          e);
    }
  }

  private static Decay decay(String name) {
    return Arrays.stream(Decay.values())
        .filter(decay -> decay.name().equalsIgnoreCase(name.trim()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Spelling.unknown(
                        "learning-rate schedule",
                        name,
                        Arrays.stream(Decay.values())
                            .map(d -> d.name().toLowerCase(Locale.ROOT))
                            .toList())));
  }

  /** The factor on the learning rate at an iteration, counted from 0, of a run. */
  public double factor(int iteration, int iterations) {
    if (iteration < warmup) {
      return (iteration + 1.0) / (warmup + 1.0);
    }
    double t = Math.min(1, (iteration - warmup) / (double) Math.max(1, iterations - warmup));
    return switch (decay) {
      case CONSTANT -> 1;
      case LINEAR -> 1 - (1 - end) * t;
      case COSINE -> end + (1 - end) * (1 + Math.cos(Math.PI * t)) / 2;
    };
  }

  /** The text that {@link #parse} reads. */
  @Override
  public String toString() {
    String name = decay.name().toLowerCase(Locale.ROOT);
    if (decay == Decay.CONSTANT) {
      return warmup == 0 ? name : name + ":warmup=" + warmup;
    }
    return name + ":end=" + end + (warmup == 0 ? "" : ",warmup=" + warmup);
  }
}
