package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.util.OptionalDouble;

/**
 * The definition of the update, one number at a time.
 *
 * <p>Written in double with a rounding after each operation. For float that gives the bits of float
 * arithmetic: double has more than twice its digits, so that rounding twice is rounding once for +,
 * −, ×, ÷ and √ (Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30, 1995).
 */
final class ScalarUpdatePass implements UpdatePass {

  private final Precision precision;

  ScalarUpdatePass(Precision precision) {
    this.precision = precision;
  }

  @Override
  public void sgd(UpdateRule.Sgd rule, UpdateRange range, UpdateChunk chunk) {
    double examples = round(range.examples());
    double rate = round(rule.rate());
    for (int i = 0; i < chunk.count(); i++) {
      double g = round(get(chunk.gradient(), chunk.gradientAt(), i) / examples);
      descend(chunk, i, round(g * rate), range.decay());
    }
  }

  @Override
  public void nesterovs(UpdateRule.Nesterovs rule, UpdateRange range, UpdateChunk chunk) {
    double examples = round(range.examples());
    double rate = round(rule.rate());
    double momentum = round(rule.momentum());
    double ahead = round(-momentum - 1);
    for (int i = 0; i < chunk.count(); i++) {
      double g = round(get(chunk.gradient(), chunk.gradientAt(), i) / examples);
      double kept = round(momentum * get(chunk.first(), chunk.firstAt(), i));
      double v = round(kept - round(rate * g));
      put(chunk.first(), chunk.firstAt(), i, v);
      descend(chunk, i, round(kept + round(ahead * v)), range.decay());
    }
  }

  @Override
  public void adam(UpdateRule.Adam rule, UpdateRange range, UpdateChunk chunk) {
    double examples = round(range.examples());
    double step = round(rule.step());
    double beta1 = round(rule.beta1());
    double beta2 = round(rule.beta2());
    double epsilon = round(rule.epsilon());
    double fresh1 = round(1 - beta1);
    double fresh2 = round(1 - beta2);
    for (int i = 0; i < chunk.count(); i++) {
      double g = round(get(chunk.gradient(), chunk.gradientAt(), i) / examples);
      double keptM = round(beta1 * get(chunk.first(), chunk.firstAt(), i));
      double keptV = round(beta2 * get(chunk.second(), chunk.secondAt(), i));
      double m = round(keptM + round(g * fresh1));
      double v = round(keptV + round(round(g * g) * fresh2));
      put(chunk.first(), chunk.firstAt(), i, m);
      put(chunk.second(), chunk.secondAt(), i, v);
      double u = round(round(m * step) / round(round(Math.sqrt(v)) + epsilon));
      descend(chunk, i, u, range.decay());
    }
  }

  private void descend(UpdateChunk chunk, int i, double u, OptionalDouble decay) {
    double p = get(chunk.parameters(), chunk.parametersAt(), i);
    double all = decay.isPresent() ? round(round(round(decay.getAsDouble()) * p) + u) : u;
    put(chunk.gradient(), chunk.gradientAt(), i, all);
    put(chunk.parameters(), chunk.parametersAt(), i, round(p - all));
  }

  private double round(double exact) {
    return precision == Precision.FLOAT ? (float) exact : exact;
  }

  private double get(ByteBuffer from, int offset, int i) {
    return precision == Precision.FLOAT
        ? from.getFloat(offset + i * Float.BYTES)
        : from.getDouble(offset + i * Double.BYTES);
  }

  private void put(ByteBuffer to, int offset, int i, double value) {
    if (precision == Precision.FLOAT) {
      to.putFloat(offset + i * Float.BYTES, (float) value);
    } else {
      to.putDouble(offset + i * Double.BYTES, value);
    }
  }
}
