package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/**
 * One activation function over many numbers at once, in native memory.
 *
 * <p>Derivatives are computed from h = σ(a) instead of a, so that a need not be kept:
 *
 * <pre>
 *   relu      σ' = 1 if h > 0, else 0        sigmoid    σ' = h - h²
 *   tanh      σ' = 1 - h²                    softplus   σ' = 1 - e^-h
 * </pre>
 *
 * <p>Both methods may go on to the end of the last vector, at most {@link Arena#ALIGNMENT} bytes in
 * all: slots of an {@link Arena} have room for that.
 */
interface ActivationPass {

  /** a := σ(a) for {@code count} numbers, {@code offset} bytes into the buffer. */
  void apply(ByteBuffer a, int offset, int count);

  /** d := d ⊙ σ'(a), given h = σ(a). */
  void backpropagate(ByteBuffer d, int dOffset, ByteBuffer h, int hOffset, int count);

  /** The fastest pass that this Java runtime offers. */
  static ActivationPass of(Activation activation, Precision precision) {
    return VectorSupport.available()
        ? VectorSupport.activationPass(activation, precision)
        : new ScalarActivationPass(activation, precision);
  }
}
