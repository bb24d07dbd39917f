package org.fathom4j.init;

/**
 * The sizes an initialization scheme may look at.
 *
 * <pre>
 *   z_0 = V_0 x,   z_l = z_{l-1} + U_l σ(V_l z_{l-1}),   f = U_{L+1} z_L
 * </pre>
 *
 * @param inputs d, the length of x
 * @param width D, the length of the residual stream z
 * @param hiddenWidth M, the rows of V_l; without meaning for linear blocks
 * @param depth L, the number of residual blocks in the whole network
 * @param classes the length of f
 */
public record NetworkShape(int inputs, int width, int hiddenWidth, int depth, int classes) {

  public NetworkShape {
    requirePositive("inputs", inputs);
    requirePositive("width", width);
    requirePositive("hidden width", hiddenWidth);
    requirePositive("depth", depth);
    requirePositive("classes", classes);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "A network's " + what + " must be at least 1, but is " + value + ".");
    }
  }
}
