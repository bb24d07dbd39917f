package org.fathom4j.network;

import java.util.Objects;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.init.NetworkShape;
import org.nd4j.linalg.activations.Activation;

/**
 * A residual network from pixels to classes.
 *
 * <pre>
 *   z_0 = V_0 x,   z_l = z_{l-1} + U_l σ(V_l z_{l-1}),  l = 1…L,   ŷ = U_{L+1} z_L
 * </pre>
 *
 * @param shape d, D, M, L and the number of classes
 * @param block nonlinear, or linear z_l = z_{l-1} + A_l z_{l-1}
 * @param activation σ
 * @param initialization the law of every matrix
 * @param loss what training makes small
 * @param layers how the blocks appear in Deeplearning4j
 * @param precision float or double
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, equation (6.1)</a>
 */
public record NetworkSpec(
    NetworkShape shape,
    Block block,
    Activation activation,
    InitializationScheme initialization,
    Loss loss,
    Layers layers,
    Precision precision) {

  /** The kinds of residual block. */
  public enum Block {
    NONLINEAR,
    LINEAR
  }

  /** How the blocks appear in Deeplearning4j. */
  public enum Layers {
    /** All blocks in one layer. */
    STACK,
    /** One layer a block. */
    BLOCKS
  }

  /** How numbers are stored. */
  public enum Precision {
    FLOAT(4),
    DOUBLE(8);

    private final int bytes;

    Precision(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes a number takes. */
    public int bytes() {
      return bytes;
    }

    /** As IEEE 754 is spoken of: {@code float32} or {@code float64}. */
    public String typeName() {
      return "float" + 8 * bytes;
    }
  }

  public NetworkSpec {
    Objects.requireNonNull(shape, "A network needs a shape.");
    Objects.requireNonNull(block, "A network needs a kind of block.");
    Objects.requireNonNull(activation, "A network needs an activation.");
    Objects.requireNonNull(initialization, "A network needs an initialization.");
    Objects.requireNonNull(loss, "A network needs a loss.");
    Objects.requireNonNull(layers, "A network needs a form of its layers.");
    Objects.requireNonNull(precision, "A network needs a precision.");
    if (activation == Activation.RRELU) {
      throw new IllegalArgumentException(
          "Randomized ReLU draws its slopes anew in every pass, so that a run could not be repeated."
              + " Use leakyrelu, relu, tanh or another activation without randomness.");
    }
  }
}
