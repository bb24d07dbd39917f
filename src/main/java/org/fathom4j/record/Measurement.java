package org.fathom4j.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Metrics measured together after one iteration.
 *
 * @param iteration updates made before the measurement, 0 for the untrained network
 * @param metrics values by name, such as {@code testAccuracy}, in the order they were put; may be
 *     non-finite, for a network that diverged
 */
public record Measurement(int iteration, Map<String, Double> metrics) {

  public Measurement {
    if (iteration < 0) {
      throw new IllegalArgumentException("A measurement's iteration is negative: " + iteration);
    }
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }
}
