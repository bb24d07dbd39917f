package org.fathom4j.theory.memorization;

/**
 * How many numbers Hardt and Ma's two networks have.
 *
 * @param weights entries of the matrices
 * @param biases entries of the vectors s_j
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 3.2 and table 1</a>
 */
public record ParameterCount(long weights, long biases) {

  /** Both. */
  public long total() {
    return weights + biases;
  }

  /**
   * The memorizer: kd + 2k²ℓ + kr + r² weights and kℓ + r biases, with ℓ = ⌈n/k⌉ blocks.
   *
   * @param points n
   * @param inputs d
   * @param hiddenWidth k
   * @param classes r
   */
  public static ParameterCount memorizer(long points, long inputs, long hiddenWidth, long classes) {
    long blocks = (points + hiddenWidth - 1) / hiddenWidth;
    return new ParameterCount(
        hiddenWidth * inputs
            + 2 * hiddenWidth * hiddenWidth * blocks
            + hiddenWidth * classes
            + classes * classes,
        hiddenWidth * blocks + classes);
  }

  /**
   * The all-convolutional residual network of table 1: a 3×3 convolution to 16 channels, three
   * stages of nine blocks x + C_2 ReLU(C_1 x) with 64, 128 and 256 channels, every convolution 3×3.
   * The last projection is random and not trained.
   *
   * @param inputChannels 3 for colour, 1 for grey
   */
  public static ParameterCount allConvolutional(int inputChannels) {
    long weights = convolution(inputChannels, 16);
    long biases = 16;
    int before = 16;
    for (int channels : new int[] {64, 128, 256}) {
      for (int block = 0; block < 9; block++) {
        weights += convolution(before, channels) + convolution(channels, channels);
        biases += 2L * channels;
        before = channels;
      }
    }
    return new ParameterCount(weights, biases);
  }

  private static long convolution(int inputs, int outputs) {
    return 9L * inputs * outputs;
  }
}
