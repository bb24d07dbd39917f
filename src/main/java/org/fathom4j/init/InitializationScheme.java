package org.fathom4j.init;

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
 * class name.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, property = "@class")
@JsonAutoDetect(
    fieldVisibility = JsonAutoDetect.Visibility.ANY,
    getterVisibility = JsonAutoDetect.Visibility.NONE,
    isGetterVisibility = JsonAutoDetect.Visibility.NONE,
    setterVisibility = JsonAutoDetect.Visibility.NONE)
public interface InitializationScheme {

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
}
