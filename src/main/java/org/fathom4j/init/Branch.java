package org.fathom4j.init;

/** The kinds of residual branch whose growth at the start is known in closed form. */
public enum Branch {
  /** U_l σ(V_l z) with σ = max(0, ·). */
  RELU(0.5),
  /** U_l V_l z. */
  IDENTITY(1),
  /** A_l z. */
  LINEAR(1);

  private final double passedPower;

  Branch(double passedPower) {
    this.passedPower = passedPower;
  }

  /**
   * κ = E σ(s)² / E s² for s symmetric about zero: the fraction of the mean square that the
   * activation lets through.
   */
  public double passedPower() {
    return passedPower;
  }
}
