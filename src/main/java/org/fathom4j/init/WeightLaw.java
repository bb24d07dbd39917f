package org.fathom4j.init;

import java.io.Serializable;
import java.util.random.RandomGenerator;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * The law one matrix is drawn from, or the exact pattern it is set to.
 *
 * <p>The papers write a matrix W: [nOut, nIn] that acts on a column; Deeplearning4j stores its
 * transpose, [nIn, nOut]. Arguments and arrays here follow the storage: rows are inputs.
 *
 * <p>A law is saved inside a model's JSON by its class name: names of implementations are a file
 * format. Implementations are immutable, with {@code equals} by value; serializable because layer
 * configurations are.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, property = "@class")
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE,
    setterVisibility = JsonAutoDetect.Visibility.NONE)
public interface WeightLaw extends Serializable {

  /**
   * Fills one matrix.
   *
   * @param nIn columns of W in the papers' notation, rows of the stored array
   * @param nOut rows of W, columns of the stored array
   * @param random the only source of randomness; unused by exact patterns
   * @param weights receives the stored array [nIn, nOut], row by row, from index 0; longer arrays
   *     keep their tail
   * @throws IllegalArgumentException if a size is below 1 or the array is too short
   */
  void fill(int nIn, int nOut, RandomGenerator random, double[] weights);

  /** Mean square of the entries, E(1/(nIn·nOut) Σ W_ij²): the variance where the mean is zero. */
  double meanSquare(int nIn, int nOut);

  /**
   * The law in one line with fans and depth left open, such as {@code N(0, 1/fan_in)} or {@code
   * N(0, 1/(L fan_in))}.
   */
  String formula();
}
