package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/** One number at a time, for a Java runtime without the Vector API module. */
final class ScalarActivationPass implements ActivationPass {

  private final Activation activation;
  private final Precision precision;

  ScalarActivationPass(Activation activation, Precision precision) {
    this.activation = activation;
    this.precision = precision;
  }

  @Override
  public void apply(ByteBuffer a, int offset, int count) {
    if (activation == Activation.IDENTITY) {
      return;
    }
    int bytes = precision.bytes();
    for (int i = 0; i < count; i++) {
      int at = offset + i * bytes;
      if (precision == Precision.FLOAT) {
        a.putFloat(at, (float) activation.value(a.getFloat(at)));
      } else {
        a.putDouble(at, activation.value(a.getDouble(at)));
      }
    }
  }

  @Override
  public void backpropagate(ByteBuffer d, int dOffset, ByteBuffer h, int hOffset, int count) {
    if (activation == Activation.IDENTITY) {
      return;
    }
    int bytes = precision.bytes();
    for (int i = 0; i < count; i++) {
      int at = dOffset + i * bytes;
      int from = hOffset + i * bytes;
      if (precision == Precision.FLOAT) {
        d.putFloat(at, (float) (d.getFloat(at) * derivative(h.getFloat(from))));
      } else {
        d.putDouble(at, d.getDouble(at) * derivative(h.getDouble(from)));
      }
    }
  }

  private double derivative(double h) {
    return switch (activation) {
      case IDENTITY -> 1;
      case RELU -> h > 0 ? 1 : 0;
      case TANH -> 1 - h * h;
      case SIGMOID -> h - h * h;
      case SOFTPLUS -> -Math.expm1(-h);
    };
  }
}
