package org.fathom4j.kernel;

/**
 * The activation functions σ that raw kernels know, applied to each component.
 *
 * <p>Values and derivatives agree with those of Deeplearning4j's activation of the same name; any
 * other activation is served by the ND4J operations of the {@code block} room.
 */
public enum Activation {
  IDENTITY {
    @Override
    public double value(double a) {
      return a;
    }

    @Override
    public double derivative(double a) {
      return 1;
    }
  },
  /** max(a, 0), with derivative 0 at 0. */
  RELU {
    @Override
    public double value(double a) {
      return a > 0 ? a : a != a ? a : 0; // NaN stays NaN: a diverged run must not look healthy
    }

    @Override
    public double derivative(double a) {
      return a > 0 ? 1 : 0;
    }
  },
  TANH {
    @Override
    public double value(double a) {
      return Math.tanh(a);
    }

    @Override
    public double derivative(double a) {
      double t = Math.tanh(a);
      return 1 - t * t;
    }
  },
  /** 1 / (1 + e^-a). */
  SIGMOID {
    @Override
    public double value(double a) {
      return 1 / (1 + Math.exp(-a));
    }

    @Override
    public double derivative(double a) {
      double s = value(a);
      return s * (1 - s);
    }
  },
  /** ln(1 + e^a). */
  SOFTPLUS {
    @Override
    public double value(double a) {
      return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
    }

    @Override
    public double derivative(double a) {
      return SIGMOID.value(a);
    }
  };

  /** σ(a). */
  public abstract double value(double a);

  /** σ'(a). */
  public abstract double derivative(double a);
}
