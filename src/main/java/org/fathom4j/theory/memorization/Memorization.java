package org.fathom4j.theory.memorization;

import java.util.List;

/**
 * What a {@link Memorizer} reproduced, image by image, when its whole network was run.
 *
 * @param layers residual blocks, ℓ
 * @param parameters of the whole network, biases included
 * @param accuracy the part of the points whose largest output is that of their label; contradicted
 *     points do not count
 * @param maxError the largest |ŷ − one-hot| over these points and all outputs
 * @param minMargin the least margin of a unit, relative: (‖α‖² − max⟨α, others⟩)/‖α‖²
 * @param points that counted
 * @param duplicates points equal to an earlier one with the same label
 * @param contradictions equal points with different labels, which no function reproduces and this
 *     network was not made for
 */
public record Memorization(
    int layers,
    long parameters,
    double accuracy,
    double maxError,
    double minMargin,
    int points,
    int duplicates,
    List<Contradiction> contradictions) {

  public Memorization {
    contradictions = List.copyOf(contradictions);
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
