package org.fathom4j.theory.descent;

import org.ejml.data.DMatrixRMaj;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * The layers of a network in training, changed in place: what {@link LinearNetwork#gradients} and
 * {@link LinearNetwork#step} define, without their copies.
 *
 * <p>A step is {@link #forward} and then {@link #backward}.
 */
sealed interface Chain permits EjmlChain, OpenBlasChain {

  /** Products from the input up to P; returns R. */
  double forward();

  /** V_l ← μV_l − ηG_l, W_l ← W_l + V_l for all l, after {@link #forward}. */
  void backward(double learningRate, double momentum);

  /** P, after {@link #forward}; a copy. */
  DMatrixRMaj product();

  /** Layer l, from 1 to L; a copy. */
  LinearNetwork.Layer layer(int layer);
}
