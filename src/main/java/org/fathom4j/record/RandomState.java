package org.fathom4j.record;

import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where the calling thread's ND4J random generator stands.
 *
 * <p>Covers what ND4J operations draw (dropout, {@code Nd4j.rand} and so on). The generator's own
 * {@code nextGaussian()} keeps half a pair of normals elsewhere and is not covered.
 *
 * @param root the generator's root state
 * @param node the generator's node state
 */
public record RandomState(long root, long node) {

  /** Reads the calling thread's generator. */
  public static RandomState capture() {
    Random random = Nd4j.getRandom();
    return new RandomState(random.rootState(), random.nodeState());
  }

  /** Puts the calling thread's generator back: the next draws are those that followed. */
  public void restore() {
    Nd4j.getRandom().setStates(root, node);
  }
}
