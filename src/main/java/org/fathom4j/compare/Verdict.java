package org.fathom4j.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/**
 * Whether a run learnt, and if not, why not and at which layer. In this order:
 *
 * <ol>
 *   <li>{@code diverges}: numbers stopped being finite ({@code underflows} if the record says that
 *       they had become zero before), or the training loss ended above {@value #FAR_ABOVE} times
 *       that of the first minibatch.
 *   <li>{@code learns}: the training accuracy went at least {@value #LEAST_LEARNT} of the way from
 *       guessing to 1, and the training loss ended below that of the first minibatch.
 *   <li>{@code underflows}: in the last depth profile, taken after {@value #AWAKE} updates at
 *       least, the norm of z_l or of ∂R/∂z_l is below the smallest normal number of its type at
 *       some layer.
 *   <li>{@code stalls}: everything else.
 * </ol>
 *
 * <p>After {@value #AWAKE} updates every matrix of every scheme has seen a gradient: of mZAS, the
 * slowest, the readout in the first, U_l and V_0 in the second, V_l in the third.
 *
 * @param outcome what the run amounts to
 * @param cause why it did not learn; empty if it did
 */
public record Verdict(Outcome outcome, Optional<String> cause) {

  /** A loss so many times that of the start has diverged, though its numbers are still finite. */
  public static final double FAR_ABOVE = 10;

  /** The part of the way from guessing to perfection that counts as learning. */
  public static final double LEAST_LEARNT = 0.1;

  /** Updates until every matrix has moved, if it ever will. */
  public static final int AWAKE = 3;

  /** Growth of activations over depth worth telling. */
  private static final double MUCH_GROWTH = 1e3;

  public Verdict {
    Objects.requireNonNull(outcome, "A verdict needs an outcome.");
    if (cause.isPresent() == (outcome == Outcome.LEARNS)) {
      throw new IllegalArgumentException("A verdict has a cause unless its run learns.");
    }
  }

  /**
   * The verdict on a run that was done or diverged.
   *
   * @param run its record
   * @param depth L of its network
   * @param precision of its numbers
   * @param metrics its {@code metrics.csv}
   * @param profile its {@code depth_profile.csv}
   * @param chance accuracy of guessing, a fraction
   */
  static Verdict of(
      RunRecord run,
      int depth,
      Precision precision,
      List<MetricRow> metrics,
      List<DepthProfileRow> profile,
      double chance) {
    if (run.status() == RunStatus.DIVERGED) {
      return ofDivergence(run.divergence(), depth, precision);
    }
    if (run.status() != RunStatus.DONE || run.last() == null) {
      throw new IllegalArgumentException(
          "Run " + run.name() + " is " + run.status().word() + ": there is nothing to judge yet.");
    }
    double start = startingLoss(metrics).orElse(Double.NaN);
    double loss = run.last().metrics().get("trainLoss");
    double accuracy = run.last().metrics().get("trainAccuracy");
    if (!(loss <= FAR_ABOVE * start)) {
      return new Verdict(
          Outcome.DIVERGES,
          Optional.of(
              format("the training loss rose from %.3g to %.3g", start, loss)
                  + growth(profile).map(growth -> "; " + growth).orElse("")));
    }
    if (accuracy >= chance + LEAST_LEARNT * (1 - chance) && loss < start) {
      return new Verdict(Outcome.LEARNS, Optional.empty());
    }
    return vanishing(profile, depth, precision)
        .map(cause -> new Verdict(Outcome.UNDERFLOWS, Optional.of(cause)))
        .orElseGet(() -> ofStalling(start, loss, accuracy, chance, profile));
  }

  /** Of the first minibatch, before the first update. */
  static OptionalDouble startingLoss(List<MetricRow> metrics) {
    return metrics.stream()
        .filter(row -> row.split().equals("batch") && row.metric().equals("loss"))
        .filter(row -> row.iteration() == 1)
        .mapToDouble(MetricRow::value)
        .findFirst();
  }

  private static Verdict ofDivergence(
      RunRecord.Divergence divergence, int depth, Precision precision) {
    String what =
        switch (divergence.where()) {
          case "forward" -> "activations";
          case "backward" -> "gradients";
          default -> "the loss";
        };
    boolean singular = what.equals("the loss");
    String did =
        switch (divergence.cause()) {
          case "overflow" -> (singular ? " overflows " : " overflow ") + precision.typeName();
          case "underflow" -> (singular ? " underflows " : " underflow ") + precision.typeName();
          default -> (singular ? " becomes" : " become") + " NaN";
        };
    String place = singular ? "" : " at " + layer(divergence.layer(), depth);
    Outcome outcome =
        divergence.cause().equals("underflow") ? Outcome.UNDERFLOWS : Outcome.DIVERGES;
    return new Verdict(
        outcome, Optional.of(what + did + place + " in iteration " + divergence.iteration()));
  }

  private static String layer(int layer, int depth) {
    return layer == 0 ? "the embedding" : layer > depth ? "the readout" : "layer " + layer;
  }

  /** Where the numbers of the last profile are too small for their type, if they are. */
  private static Optional<String> vanishing(
      List<DepthProfileRow> profile, int depth, Precision precision) {
    int last = last(profile);
    if (last < AWAKE) {
      return Optional.empty();
    }
    double least = precision == Precision.DOUBLE ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    for (Map.Entry<Integer, Double> z : norms(profile, "activation_norm", last).entrySet()) {
      if (z.getValue() < least) {
        return Optional.of(
            format(
                "activations underflow %s at %s: norm %.2g in iteration %d",
                precision.typeName(), layer(z.getKey(), depth), z.getValue(), last));
      }
    }
    for (Map.Entry<Integer, Double> dz :
        norms(profile, "gradient_norm", last).descendingMap().entrySet()) {
      if (dz.getValue() < least) {
        return Optional.of(
            format(
                "gradients underflow %s at %s: norm %.2g in iteration %d",
                precision.typeName(), layer(dz.getKey(), depth), dz.getValue(), last));
      }
    }
    return Optional.empty();
  }

  private static Verdict ofStalling(
      double start, double loss, double accuracy, double chance, List<DepthProfileRow> profile) {
    String cause =
        format(
            "the training loss went from %.4g to %.4g, accuracy %.3f where guessing gets %.3f",
            start, loss, accuracy, chance);
    Optional<String> why = growth(profile).or(() -> stillness(profile));
    return new Verdict(Outcome.STALLS, Optional.of(cause + why.map(w -> "; " + w).orElse("")));
  }

  /** How activations grow over the depth, if they grow much. */
  private static Optional<String> growth(List<DepthProfileRow> profile) {
    int last = last(profile);
    TreeMap<Integer, Double> norms = norms(profile, "activation_norm", last);
    if (norms.isEmpty()) {
      return Optional.empty();
    }
    double factor = norms.lastEntry().getValue() / norms.firstEntry().getValue();
    return factor >= MUCH_GROWTH
        ? Optional.of(
            format(
                "activations grow by %.1e up to layer %d (iteration %d)",
                factor, norms.lastKey(), last))
        : Optional.empty();
  }

  /** How little the blocks move, and which moves most. */
  private static Optional<String> stillness(List<DepthProfileRow> profile) {
    int last = last(profile);
    Optional<DepthProfileRow> largest =
        profile.stream()
            .filter(row -> row.iteration() == last && row.metric().startsWith("update_norm_"))
            .max((a, b) -> Double.compare(a.value(), b.value()));
    return largest.map(
        row ->
            row.value() == 0
                ? "no block moves: every update is zero in iteration " + last
                : format(
                    "the largest update of a block is of norm %.2g, at layer %d in iteration %d",
                    row.value(), row.layer(), last));
  }

  private static int last(List<DepthProfileRow> profile) {
    return profile.stream().mapToInt(DepthProfileRow::iteration).max().orElse(0);
  }

  private static TreeMap<Integer, Double> norms(
      List<DepthProfileRow> profile, String metric, int iteration) {
    TreeMap<Integer, Double> norms = new TreeMap<>();
    for (DepthProfileRow row : profile) {
      if (row.iteration() == iteration && row.metric().equals(metric)) {
        norms.put(row.layer(), row.value());
      }
    }
    return norms;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
