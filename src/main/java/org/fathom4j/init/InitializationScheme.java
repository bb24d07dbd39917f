package org.fathom4j.init;

import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * How a whole residual network starts: the law of every matrix, given the network's sizes.
 *
 * <pre>
 *   z_0 = V_0 x,   z_l = z_{l-1} + α_l U_l σ(V_l z_{l-1}),   f = U_{L+1} z_L
 * </pre>
 *
 * <p>Shapes as in the papers: V_0 [D, d], V_l [M, D], U_l [D, M], A_l [D, D], U_{L+1} [classes, D].
 *
 * <p>Implementations are immutable, have a no-argument constructor or a creator that the
 * framework's JSON understands, and are equal by value: a scheme is part of a saved model, by its
 * class name. A law that depends on nothing but its own matrix is the same for every shape, and so
 * can be used alone, see {@link LawWeightInit}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, property = "@class")
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE,
    setterVisibility = JsonAutoDetect.Visibility.NONE)
public interface InitializationScheme extends Serializable {

  /** The name in the catalogue, such as {@code mzas}. */
  String name();

  /** Law of V_0, [D, d]. */
  WeightLaw embedding(NetworkShape shape);

  /** Law of every V_l, [M, D], l = 1…L. */
  WeightLaw inner(NetworkShape shape);

  /** Law of every U_l, [D, M], l = 1…L. */
  WeightLaw outer(NetworkShape shape);

  /** Law of every A_l, [D, D], in linear blocks z_l = z_{l-1} + A_l z_{l-1}. */
  WeightLaw linear(NetworkShape shape);

  /** Law of U_{L+1}, [classes, D]. */
  WeightLaw readout(NetworkShape shape);

  /** The trainable scalars of each branch, if the scheme has any. */
  default Optional<BranchScalars> scalars(NetworkShape shape) {
    return Optional.empty();
  }

  /**
   * The options that build this scheme again through {@link Initializers#parse}, as text; those at
   * their default may be left out. A scheme without options has none.
   */
  default Map<String, String> options() {
    return Map.of();
  }

  /**
   * How much one block lengthens the residual stream on average at the start.
   *
   * <pre>
   *   E‖z_l‖² = (1 + c) E‖z_{l-1}‖²
   *   c = κ α² D M E(U²) E(V²)     residual branches; κ = 1/2 for ReLU, 1 for the identity
   *   c = α² D E(A²)               linear branches
   * </pre>
   *
   * <p>Exact for every V_l and every isotropic z_{l-1} if U_l (or A_l) is independent of them, has
   * mean zero and uncorrelated entries of one variance. A scheme where that fails must say its own
   * c, as {@link IdInit} does.
   *
   * @return c, at least -1
   */
  default double excessGrowth(NetworkShape shape, Branch branch) {
    double multiplier = scalars(shape).map(BranchScalars::multiplier).orElse(1.0);
    int d = shape.width();
    int m = shape.hiddenWidth();
    double branchGain =
        branch == Branch.LINEAR
            ? d * linear(shape).meanSquare(d, d)
            : (d * outer(shape).meanSquare(m, d))
                * (m * inner(shape).meanSquare(d, m))
                * branch.passedPower();
    return multiplier * multiplier * branchGain;
  }
}
