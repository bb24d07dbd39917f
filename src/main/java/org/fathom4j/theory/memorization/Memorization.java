package org.fathom4j.theory.memorization;

import java.util.List;

/**
 * What a {@link Memorizer} reproduced, image by image, when its whole network was run.
 *
 * @param layers residual blocks, ℓ
 * @param parameters of the whole network, biases included
 * @param accuracy the part of the points whose largest output is that of their label; contradicted
 *     points do not count
 * @param errors the largest |ŷ − one-hot| over all outputs, of every point that counted, in their
 *     order; infinite where an output is no number
 * @param margins the least margin of a unit, relative: (‖α‖² − max⟨α, others⟩)/‖α‖², of every block
 *     from the input on
 * @param duplicates points equal to an earlier one with the same label
 * @param contradictions equal points with different labels, which no function reproduces and this
 *     network was not made for
 */
public record Memorization(
    int layers,
    long parameters,
    double accuracy,
    List<Double> errors,
    List<Double> margins,
    int duplicates,
    List<Contradiction> contradictions) {

  public Memorization {
    errors = List.copyOf(errors);
    margins = List.copyOf(margins);
    contradictions = List.copyOf(contradictions);
  }

  /** The number of points that counted. */
  public int points() {
    return errors.size();
  }

  /** The largest error of any point; 0 if none counted. */
  public double maxError() {
    return errors.stream().mapToDouble(error -> error).max().orElse(0);
  }

  /** The least margin of any unit. */
  public double minMargin() {
    return margins.stream().mapToDouble(margin -> margin).min().orElseThrow();
  }

  /**
   * Equal points with different labels.
   *
   * @param points their numbers, from 0
   * @param labels in the order of the points
   */
  public record Contradiction(List<Integer> points, List<Integer> labels) {

    public Contradiction {
      points = List.copyOf(points);
      labels = List.copyOf(labels);
    }
  }
}
