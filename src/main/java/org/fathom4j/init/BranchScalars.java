package org.fathom4j.init;

/**
 * The trainable scalars that some schemes add to a residual branch.
 *
 * <pre>
 *   z_l = z_{l-1} + α_l (U_l (σ(V_l (z_{l-1} + b1_l) + b2_l) + b3_l))
 * </pre>
 *
 * where a scalar bias is added to every component. A linear block has the multiplier only: z_l =
 * z_{l-1} + α_l A_l z_{l-1}.
 *
 * @param multiplier α_l at the start
 * @param biases whether b1, b2 and b3 exist; they start at zero
 * @param learningRateMultiplier factor on the learning rate of all these scalars
 */
public record BranchScalars(double multiplier, boolean biases, double learningRateMultiplier) {

  public BranchScalars {
    if (!Double.isFinite(multiplier)) {
      throw new IllegalArgumentException("A branch multiplier must be finite, not " + multiplier);
    }
    if (!(learningRateMultiplier > 0) || Double.isInfinite(learningRateMultiplier)) {
      throw new IllegalArgumentException(
          "The learning-rate multiplier of branch scalars must be positive and finite, not "
              + learningRateMultiplier);
    }
  }
}
