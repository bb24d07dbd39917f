package org.fathom4j.kernel;

import org.fathom4j.kernel.StackCase.Result;

/** The oracle of the contract: the forward equation in doubles, derivatives by differences. */
final class NaiveStack {

  private static final double STEP = 1e-5;

  private NaiveStack() {}

  static double[] output(StackCase c) {
    return stream(c, c.shape().depth());
  }

  static double[] streamNorms(StackCase c) {
    double[] norms = new double[c.shape().depth() + 1];
    for (int l = 0; l < norms.length; l++) {
      double sum = 0;
      for (double z : stream(c, l)) {
        sum += z * z;
      }
      norms[l] = Math.sqrt(sum);
    }
    return norms;
  }

  /** Z after the first {@code blocks} blocks, [N, D]. */
  private static double[] stream(StackCase c, int blocks) {
    StackShape s = c.shape();
    int width = s.width();
    int hidden = s.hiddenWidth();
    double[] z = c.input().clone();
    for (int l = 0; l < blocks; l++) {
      int k = s.form().scalarsPerBlock();
      double alpha = k > 0 ? c.scalars()[l * k] : 1;
      double b1 = k == 4 ? c.scalars()[l * k + 1] : 0;
      double b2 = k == 4 ? c.scalars()[l * k + 2] : 0;
      double b3 = k == 4 ? c.scalars()[l * k + 3] : 0;
      double[] next = z.clone();
      for (int n = 0; n < c.examples(); n++) {
        for (int m = 0; m < hidden; m++) {
          double a = b2;
          for (int d = 0; d < width; d++) {
            a += c.inner()[(l * width + d) * hidden + m] * (z[n * width + d] + b1);
          }
          if (s.kind() == BlockKind.LINEAR) {
            next[n * width + m] += alpha * a;
          } else {
            double h = sigma(s.activation(), a) + b3;
            for (int d = 0; d < width; d++) {
              next[n * width + d] += alpha * c.outer()[(l * hidden + m) * width + d] * h;
            }
          }
        }
      }
      z = next;
    }
    return z;
  }

  private static double sigma(Activation activation, double a) {
    return switch (activation) {
      case IDENTITY -> a;
      case RELU -> Math.max(a, 0);
      case TANH -> Math.tanh(a);
      case SIGMOID -> 1 / (1 + Math.exp(-a));
      case SOFTPLUS -> Math.log(1 + Math.exp(a));
    };
  }

  static Result differentiated(StackCase c) {
    return new Result(
        null,
        null,
        derivative(c, c.inner()),
        derivative(c, c.outer()),
        derivative(c, c.scalars()),
        derivative(c, c.input()),
        null,
        null);
  }

  /** Central differences of ⟨outputGradient, output⟩; perturbs the case's own array. */
  private static double[] derivative(StackCase c, double[] variables) {
    double[] derivative = new double[variables.length];
    for (int i = 0; i < variables.length; i++) {
      double at = variables[i];
      variables[i] = at + STEP;
      double above = objective(c);
      variables[i] = at - STEP;
      double below = objective(c);
      variables[i] = at;
      derivative[i] = (above - below) / (2 * STEP);
    }
    return derivative;
  }

  private static double objective(StackCase c) {
    double[] output = output(c);
    double sum = 0;
    for (int i = 0; i < output.length; i++) {
      sum += output[i] * c.outputGradient()[i];
    }
    return sum;
  }
}
