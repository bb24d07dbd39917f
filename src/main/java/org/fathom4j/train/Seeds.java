package org.fathom4j.train;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The seeds of a run by their use, all functions of the one in its specification.
 *
 * @param weights of the network's initialization: the specification's seed itself
 * @param subset of the class-balanced parts of the data: the same
 * @param order of the examples in every epoch
 */
public record Seeds(long weights, long subset, long order) {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** The seeds of a run; none is 0, which ND4J takes for the clock. */
  public static Seeds of(long seed) {
    return new Seeds(seed, seed, mix(seed + GOLDEN_GAMMA));
  }

  /** SplitMix64's finalizer (Steele, Lea and Flood 2014). */
  private static long mix(long x) {
    long z = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return z == 0 ? GOLDEN_GAMMA : z;
  }

  /** For the run record. */
  Map<String, Long> byUse() {
    Map<String, Long> seeds = new LinkedHashMap<>();
    seeds.put("weights", weights);
    seeds.put("subset", subset);
    seeds.put("order", order);
    return seeds;
  }
}
