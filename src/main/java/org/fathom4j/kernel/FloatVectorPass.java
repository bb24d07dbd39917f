package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Activation functions over vectors of floats.
 *
 * <p>tanh and e^x follow the single-precision functions of Stephen L. Moshier's Cephes library (<a
 * href="https://www.netlib.org/cephes/">netlib.org/cephes</a>, tanhf.c and expf.c); ln(1 + u) is 2
 * artanh(u / (2 + u)) by its series. Largest errors, measured against {@link Math} by the test: 4
 * units in the last place (results below the smallest normal number become 0). Only operations that
 * IEEE 754 defines to the last bit are used, so that interpreted and compiled code agree.
 */
final class FloatVectorPass implements ActivationPass, VectorSupport.VectorWidth {

  /** As wide as the processor likes, up to what a slot of an {@link Arena} has room for. */
  static final VectorSpecies<Float> SPECIES =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() > 8 * Arena.ALIGNMENT
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  private static final Class<?> CLASS = FloatVector.zero(SPECIES).getClass();
  private static final int LANES = SPECIES.length();
  private static final int STEP = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** 1.5·2²³: adding it rounds to an integer, which then stands in the lowest bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final float LOG2_E = 1.44269504088896341f;
  // ln 2 = LN2_HIGH + LN2_LOW, the first exact in products with small integers
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  private static final int MANTISSA_BITS = 23;
  private static final int EXPONENT_BIAS = 127;

  private final Activation activation;

  FloatVectorPass(Activation activation) {
    this.activation = activation;
  }

  @Override
  public int bits() {
    return SPECIES.vectorBitSize();
  }

  @Override
  public void apply(ByteBuffer a, int offset, int count) {
    if (activation == Activation.IDENTITY) {
      return;
    }
    for (int i = offset; i < offset + count * Float.BYTES; i += STEP) {
      value(activation, load(a, i)).intoByteBuffer(a, i, ORDER);
    }
  }

  @Override
  public void backpropagate(ByteBuffer d, int dOffset, ByteBuffer h, int hOffset, int count) {
    if (activation == Activation.IDENTITY) {
      return;
    }
    for (int i = 0; i < count * Float.BYTES; i += STEP) {
      // a product, not a choice: 0 · ∞ and NaN must stay visible
      FloatVector slope = slope(activation, load(h, hOffset + i));
      load(d, dOffset + i).mul(slope).intoByteBuffer(d, dOffset + i, ORDER);
    }
  }

  /** h = σ(a). */
  static FloatVector value(Activation activation, FloatVector a) {
    return switch (activation) {
      case IDENTITY -> a;
      case RELU -> relu(a);
      case TANH -> tanh(a);
      case SIGMOID -> sigmoid(a);
      case SOFTPLUS -> softplus(a);
    };
  }

  /** σ'(a), from h = σ(a). */
  static FloatVector slope(Activation activation, FloatVector h) {
    FloatVector one = broadcast(1);
    return switch (activation) {
      case IDENTITY -> one;
      case RELU -> {
        FloatVector zero = FloatVector.zero(SPECIES);
        yield zero.blend(one, h.compare(VectorOperators.GT, zero));
      }
      case TANH -> h.neg().fma(h, one);
      case SIGMOID -> h.neg().fma(h, h);
      case SOFTPLUS -> {
        // 1 - e^-h = 2t / (1 + t) with t = tanh(h/2): small h keep their digits
        FloatVector t = tanh(h.mul(0.5f));
        yield t.add(t).div(t.add(one));
      }
    };
  }

  /**
   * The vector itself. The cast tells C2 its class, which it would otherwise guess from what it saw
   * elsewhere; where vectors of two lengths are in use it guesses nothing, and makes objects.
   */
  static FloatVector exact(FloatVector v) {
    return (FloatVector) CLASS.cast(v);
  }

  private static FloatVector load(ByteBuffer from, int offset) {
    return FloatVector.fromByteBuffer(SPECIES, from, offset, ORDER);
  }

  /** a where it is above 0 or NaN, else 0. */
  private static FloatVector relu(FloatVector a) {
    return a.blend(0, a.compare(VectorOperators.LE, 0));
  }

  private static FloatVector sigmoid(FloatVector a) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    return one.div(exp(a.neg()).add(one));
  }

  /** max(a, 0) + 2 artanh(s), s = e^-|a| / (2 + e^-|a|) ≤ 1/3. */
  private static FloatVector softplus(FloatVector a) {
    FloatVector u = exp(a.abs().neg());
    FloatVector s = u.div(u.add(2));
    FloatVector x = s.mul(s);
    FloatVector series = FloatVector.broadcast(SPECIES, 1f / 17);
    for (int odd = 15; odd >= 1; odd -= 2) {
      series = series.fma(x, FloatVector.broadcast(SPECIES, 1f / odd));
    }
    return s.add(s).fma(series, relu(a));
  }

  private static FloatVector tanh(FloatVector a) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1);
    FloatVector size = a.abs();
    FloatVector x = a.mul(a);
    FloatVector p = FloatVector.broadcast(SPECIES, -5.70498872745e-3f);
    p = p.fma(x, FloatVector.broadcast(SPECIES, 2.06390887954e-2f));
    p = p.fma(x, FloatVector.broadcast(SPECIES, -5.37397155531e-2f));
    p = p.fma(x, FloatVector.broadcast(SPECIES, 1.33314422036e-1f));
    p = p.fma(x, FloatVector.broadcast(SPECIES, -3.33332819422e-1f));
    FloatVector small = p.mul(x).fma(a, a);
    // 1 - 2 / (e^2|a| + 1), rounded to 1 from |a| = 9.02 on
    FloatVector bounded = size.min(10);
    FloatVector large = one.sub(one.add(one).div(exp(bounded.add(bounded)).add(one)));
    FloatVector signed = large.blend(large.neg(), a.compare(VectorOperators.LT, 0));
    return signed.blend(small, size.compare(VectorOperators.LT, 0.625f));
  }

  /** e^x; 0 below -87.7, infinite above 88.4. */
  private static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(-88).min(88.8f); // NaN stays NaN
    FloatVector rounded = bounded.fma(broadcast(LOG2_E), broadcast(ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector r = n.fma(broadcast(-LN2_HIGH), bounded);
    r = n.fma(broadcast(-LN2_LOW), r);
    FloatVector p = broadcast(1.9875691500e-4f);
    p = p.fma(r, broadcast(1.3981999507e-3f));
    p = p.fma(r, broadcast(8.3334519073e-3f));
    p = p.fma(r, broadcast(4.1665795894e-2f));
    p = p.fma(r, broadcast(1.6666665459e-1f));
    p = p.fma(r, broadcast(5.0000001201e-1f));
    p = p.mul(r).fma(r, r.add(1));
    FloatVector powerOfTwo =
        rounded
            .reinterpretAsInts()
            .add(EXPONENT_BIAS)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .reinterpretAsFloats();
    return p.mul(powerOfTwo);
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
