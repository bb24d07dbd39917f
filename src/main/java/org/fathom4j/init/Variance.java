package org.fathom4j.init;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A variance that depends on the fans of its matrix, and perhaps on the depth of the network.
 *
 * <pre>
 *   Var = numerator / (depth · fan)
 * </pre>
 *
 * @param numerator positive
 * @param fan inputs, outputs, their average, or none
 * @param depth L where the variance shrinks with the number of blocks, else 1
 */
public record Variance(
    @JsonProperty("numerator") double numerator,
    @JsonProperty("fan") Fan fan,
    @JsonProperty("depth") int depth)
    implements Serializable {

  @JsonCreator
  public Variance {
    Numbers.requirePositive("The numerator of a variance", numerator);
    if (fan == null) {
      throw new IllegalArgumentException("A variance needs a fan; use Fan.ONE for a fixed one.");
    }
    if (depth < 1) {
      throw new IllegalArgumentException(
          "A variance is divided by a depth of at least 1, not " + depth + ".");
    }
  }

  /** The variance at these sizes. */
  public double of(int nIn, int nOut) {
    return numerator / depth / fan.of(nIn, nOut);
  }

  /** The variance times a factor, such as {@code 2/(L fan_in)}. */
  String formula(double factor) {
    double top = fan == Fan.AVERAGE ? 2 * factor * numerator : factor * numerator;
    List<String> bottom = new ArrayList<>();
    if (depth > 1) {
      bottom.add("L");
    }
    if (fan != Fan.ONE) {
      bottom.add(fan.symbol());
    }
    return Numbers.text(top)
        + switch (bottom.size()) {
          case 0 -> "";
          case 1 -> "/" + bottom.get(0);
          default -> "/(" + String.join(" ", bottom) + ")";
        };
  }
}
