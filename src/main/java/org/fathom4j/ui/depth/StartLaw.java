package org.fathom4j.ui.depth;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.fathom4j.init.Branch;
import org.fathom4j.init.Growth;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.record.RunRecord;

/**
 * What a run's initialization predicts along depth before the first update.
 *
 * <pre>
 *   ‖z_l‖  = ‖z_0‖  (1 + c)^(l/2)          c = {@link Growth#excess}
 *   ‖∂z_l‖ = ‖∂z_L‖ (1 + c)^((L - l)/2)
 * </pre>
 *
 * <p>Root mean squares over networks. The curve starts at z_0 or ∂z_L as measured at the first
 * iteration that has a profile: the law tells the form, not the size.
 */
final class StartLaw {

  private StartLaw() {}

  /** The law of a run; empty where it is not known in closed form. */
  static Optional<Growth> of(RunRecord record) {
    JsonNode network = record.specification().path("architecture");
    Optional<Branch> branch = branch(network);
    if (branch.isEmpty()) {
      return Optional.empty();
    }
    try {
      // The growth of a block does not depend on the numbers of inputs and classes.
      NetworkShape shape =
          new NetworkShape(
              1,
              network.path("width").asInt(),
              network.path("hiddenWidth").asInt(),
              network.path("depth").asInt(),
              1);
      return Optional.of(
          Growth.of(
              Initializers.parse(network.path("initialization").asText()), shape, branch.get()));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // an initializer of another jar, or a specification of another kind
    }
  }

  private static Optional<Branch> branch(JsonNode network) {
    if (network.path("block").asText().equals("LINEAR")) {
      return Optional.of(Branch.LINEAR);
    }
    return switch (network.path("activation").asText()) {
      case "RELU" -> Optional.of(Branch.RELU);
      case "IDENTITY" -> Optional.of(Branch.IDENTITY);
      default -> Optional.empty();
    };
  }

  /** The predicted curve at the matrix's layers; empty if its start was not measured. */
  static Optional<double[]> log10(Growth growth, String metric, DepthColumns.Matrix matrix) {
    boolean activations = metric.equals("activation_norm");
    int[] layers = matrix.layers();
    if (!activations && !metric.equals("gradient_norm")
        || layers.length == 0
        || matrix.iterations().length == 0) {
      return Optional.empty();
    }
    int known = activations ? 0 : layers.length - 1;
    double start = matrix.log10()[0][known];
    if (Double.isNaN(start) || Double.isInfinite(start) || start == DepthColumns.NOT_A_NUMBER) {
      return Optional.empty();
    }
    double halfDecades = Math.log10(growth.perBlock()) / 2;
    double[] curve = new double[layers.length];
    for (int i = 0; i < curve.length; i++) {
      curve[i] = start + Math.abs(layers[i] - layers[known]) * halfDecades;
    }
    return Optional.of(curve);
  }
}
