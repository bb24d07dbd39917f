package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Activation functions over vectors of doubles.
 *
 * <p>tanh and e^x follow the double-precision functions of Stephen L. Moshier's Cephes library (<a
 * href="https://www.netlib.org/cephes/">netlib.org/cephes</a>, tanh.c and exp.c); ln(1 + u) is 2
 * artanh(u / (2 + u)) by its series. Largest errors, measured against {@link Math} by the test: 4
 * units in the last place (results below the smallest normal number become 0). Only operations that
 * IEEE 754 defines to the last bit are used, so that interpreted and compiled code agree.
 */
final class DoubleVectorPass implements ActivationPass, VectorSupport.VectorWidth {

  /** As wide as the processor likes, up to what a slot of an {@link Arena} has room for. */
  static final VectorSpecies<Double> SPECIES =
      DoubleVector.SPECIES_PREFERRED.vectorBitSize() > 8 * Arena.ALIGNMENT
          ? DoubleVector.SPECIES_512
          : DoubleVector.SPECIES_PREFERRED;

  private static final int LANES = SPECIES.length();
  private static final int STEP = LANES * Double.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** 1.5·2⁵²: adding it rounds to an integer, which then stands in the lowest bits. */
  private static final double ROUNDER = 0x1.8p52;

  private static final double LOG2_E = 1.44269504088896341;
  // ln 2 = LN2_HIGH + LN2_LOW, the first exact in products with small integers
  private static final double LN2_HIGH = 6.93145751953125e-1;
  private static final double LN2_LOW = 1.42860682030941723212e-6;
  private static final int MANTISSA_BITS = 52;
  private static final int EXPONENT_BIAS = 1023;

  private final Activation activation;

  DoubleVectorPass(Activation activation) {
    this.activation = activation;
  }

  @Override
  public int bits() {
    return SPECIES.vectorBitSize();
  }

  @Override
  public void apply(ByteBuffer a, int offset, int count) {
    int end = offset + count * Double.BYTES;
    switch (activation) {
      case IDENTITY -> {}
      case RELU -> {
        for (int i = offset; i < end; i += STEP) {
          relu(load(a, i)).intoByteBuffer(a, i, ORDER);
        }
      }
      case TANH -> {
        for (int i = offset; i < end; i += STEP) {
          tanh(load(a, i)).intoByteBuffer(a, i, ORDER);
        }
      }
      case SIGMOID -> {
        for (int i = offset; i < end; i += STEP) {
          sigmoid(load(a, i)).intoByteBuffer(a, i, ORDER);
        }
      }
      case SOFTPLUS -> {
        for (int i = offset; i < end; i += STEP) {
          softplus(load(a, i)).intoByteBuffer(a, i, ORDER);
        }
      }
    }
  }

  @Override
  public void backpropagate(ByteBuffer d, int dOffset, ByteBuffer h, int hOffset, int count) {
    int length = count * Double.BYTES;
    DoubleVector one = DoubleVector.broadcast(SPECIES, 1);
    switch (activation) {
      case IDENTITY -> {}
      case RELU -> {
        DoubleVector zero = DoubleVector.zero(SPECIES);
        for (int i = 0; i < length; i += STEP) {
          // a product, not a choice: 0 · ∞ and NaN must stay visible
          DoubleVector slope =
              zero.blend(one, load(h, hOffset + i).compare(VectorOperators.GT, zero));
          load(d, dOffset + i).mul(slope).intoByteBuffer(d, dOffset + i, ORDER);
        }
      }
      case TANH -> {
        for (int i = 0; i < length; i += STEP) {
          DoubleVector y = load(h, hOffset + i);
          DoubleVector slope = y.neg().fma(y, one);
          load(d, dOffset + i).mul(slope).intoByteBuffer(d, dOffset + i, ORDER);
        }
      }
      case SIGMOID -> {
        for (int i = 0; i < length; i += STEP) {
          DoubleVector y = load(h, hOffset + i);
          DoubleVector slope = y.neg().fma(y, y);
          load(d, dOffset + i).mul(slope).intoByteBuffer(d, dOffset + i, ORDER);
        }
      }
      case SOFTPLUS -> {
        for (int i = 0; i < length; i += STEP) {
          // 1 - e^-h = 2t / (1 + t) with t = tanh(h/2): small h keep their digits
          DoubleVector t = tanh(load(h, hOffset + i).mul(0.5));
          DoubleVector slope = t.add(t).div(t.add(one));
          load(d, dOffset + i).mul(slope).intoByteBuffer(d, dOffset + i, ORDER);
        }
      }
    }
  }

  private static DoubleVector load(ByteBuffer from, int offset) {
    return DoubleVector.fromByteBuffer(SPECIES, from, offset, ORDER);
  }

  /** a where it is above 0 or NaN, else 0. */
  private static DoubleVector relu(DoubleVector a) {
    return a.blend(0, a.compare(VectorOperators.LE, 0));
  }

  private static DoubleVector sigmoid(DoubleVector a) {
    DoubleVector one = DoubleVector.broadcast(SPECIES, 1);
    return one.div(exp(a.neg()).add(one));
  }

  /** max(a, 0) + 2 artanh(s), s = e^-|a| / (2 + e^-|a|) ≤ 1/3. */
  private static DoubleVector softplus(DoubleVector a) {
    DoubleVector u = exp(a.abs().neg());
    DoubleVector s = u.div(u.add(2));
    DoubleVector x = s.mul(s);
    DoubleVector series = DoubleVector.broadcast(SPECIES, 1.0 / 35);
    for (int odd = 33; odd >= 1; odd -= 2) {
      series = series.fma(x, DoubleVector.broadcast(SPECIES, 1.0 / odd));
    }
    return s.add(s).fma(series, relu(a));
  }

  private static DoubleVector tanh(DoubleVector a) {
    DoubleVector one = DoubleVector.broadcast(SPECIES, 1);
    DoubleVector size = a.abs();
    DoubleVector x = a.mul(a);
    DoubleVector p = broadcast(-9.64399179425052238628e-1);
    p = p.fma(x, broadcast(-9.92877231001918586564e1));
    p = p.fma(x, broadcast(-1.61468768441708447952e3));
    DoubleVector q = x.add(1.12811678491632931402e2);
    q = q.fma(x, broadcast(2.23548839060100448583e3));
    q = q.fma(x, broadcast(4.84406305325125486048e3));
    DoubleVector small = p.div(q).mul(x).fma(a, a);
    // 1 - 2 / (e^2|a| + 1), rounded to 1 from |a| = 19.1 on
    DoubleVector bounded = size.min(20);
    DoubleVector large = one.sub(one.add(one).div(exp(bounded.add(bounded)).add(one)));
    DoubleVector signed = large.blend(large.neg(), a.compare(VectorOperators.LT, 0));
    return signed.blend(small, size.compare(VectorOperators.LT, 0.625));
  }

  /** e^x; 0 below -708.7, infinite above 709.4. */
  private static DoubleVector exp(DoubleVector x) {
    DoubleVector bounded = x.max(-709).min(710); // NaN stays NaN
    DoubleVector rounded = bounded.fma(broadcast(LOG2_E), broadcast(ROUNDER));
    DoubleVector n = rounded.sub(ROUNDER);
    DoubleVector r = n.fma(broadcast(-LN2_HIGH), bounded);
    r = n.fma(broadcast(-LN2_LOW), r);
    DoubleVector x2 = r.mul(r);
    DoubleVector p = broadcast(1.26177193074810590878e-4);
    p = p.fma(x2, broadcast(3.02994407707441961300e-2));
    p = p.fma(x2, broadcast(1)).mul(r);
    DoubleVector q = broadcast(3.00198505138664455042e-6);
    q = q.fma(x2, broadcast(2.52448340349684104192e-3));
    q = q.fma(x2, broadcast(2.27265548208155028766e-1));
    q = q.fma(x2, broadcast(2));
    p = p.div(q.sub(p));
    p = p.add(p).add(1);
    DoubleVector powerOfTwo =
        rounded
            .reinterpretAsLongs()
            .add(EXPONENT_BIAS)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .reinterpretAsDoubles();
    return p.mul(powerOfTwo);
  }

  private static DoubleVector broadcast(double value) {
    return DoubleVector.broadcast(SPECIES, value);
  }
}
