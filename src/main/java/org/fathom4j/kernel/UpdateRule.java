package org.fathom4j.kernel;

/**
 * What becomes of a gradient before it is subtracted from the parameters.
 *
 * <p>g is the mean gradient of the minibatch. Every operation is rounded to the stored precision,
 * in the order written, as in Deeplearning4j's updaters (libnd4j 1.0.0-M2.1, {@code
 * updaterNesterovs.cpp} and {@code updaterAdam.cpp}); constants are rounded to it first.
 */
public sealed interface UpdateRule {

  /** How many numbers of state a parameter has. */
  int states();

  /**
   * Gradient descent: u = g η.
   *
   * @param rate η
   */
  record Sgd(double rate) implements UpdateRule {
    @Override
    public int states() {
      return 0;
    }
  }

  /**
   * Nesterov's accelerated gradient in the form of Bengio, Boulanger-Lewandowski and Pascanu, which
   * keeps the parameters at the point that looks ahead.
   *
   * <pre>
   *   v' = μ v − η g        u = μ v − (1 + μ) v'
   * </pre>
   *
   * @param rate η
   * @param momentum μ
   * @see <a href="https://arxiv.org/abs/1212.0901">Advances in Optimizing Recurrent Networks, 2012,
   *     section 3.5</a>
   */
  record Nesterovs(double rate, double momentum) implements UpdateRule {
    @Override
    public int states() {
      return 1;
    }
  }

  /**
   * Adam, with the correction of both biases in one number.
   *
   * <pre>
   *   m' = β1 m + g (1 − β1)    v' = β2 v + g g (1 − β2)    u = m' s / (√v' + ε)
   * </pre>
   *
   * @param step s = η √(1 − β2^t) / (1 − β1^t) at update t, counted from 1
   * @param beta1 β1
   * @param beta2 β2
   * @param epsilon ε, added after the root
   * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba, Adam, 2015, end of section 2</a>
   */
  record Adam(double step, double beta1, double beta2, double epsilon) implements UpdateRule {
    @Override
    public int states() {
      return 2;
    }
  }
}
