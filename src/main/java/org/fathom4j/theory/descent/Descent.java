package org.fathom4j.theory.descent;

/**
 * Gradient descent on R = ½‖W_L ⋯ W_1 − Φ‖_F² that stands at some iteration and can take the next
 * step: full matrices, an exact reduction of them, or somebody else's network held against both.
 *
 * <p>{@link DescentLoop} runs it. Not thread-safe.
 */
public interface Descent {

  /** R at the present iteration. */
  double loss();

  /**
   * One update of all layers, heavy ball if asked for: V ← μV − ηG, W ← W + V, with V = 0 at first.
   *
   * @param learningRate η
   * @param momentum μ; 0 is plain gradient descent
   */
  void step(double learningRate, double momentum);

  /**
   * {@link CurvatureBound#safeLearningRate} of this moment: a step of plain gradient descent with
   * it cannot increase R.
   */
  double safeLearningRate();

  /** All numbers of the present moment. */
  TrajectoryPoint point(long iteration);
}
