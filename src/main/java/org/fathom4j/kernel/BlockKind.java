package org.fathom4j.kernel;

/** The two kinds of residual block. */
public enum BlockKind {
  /** z_l = z_{l-1} + U_l σ(V_l z_{l-1}). */
  NONLINEAR,
  /** z_l = z_{l-1} + A_l z_{l-1}. */
  LINEAR
}
