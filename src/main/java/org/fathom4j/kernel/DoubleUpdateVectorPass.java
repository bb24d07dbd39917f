package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalDouble;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarUpdatePass} a vector of doubles at a time, to the same bits: the same operations in
 * the same order, none of them fused. What is left at the end is done one by one.
 */
final class DoubleUpdateVectorPass implements UpdatePass {

  private static final VectorSpecies<Double> SPECIES = DoubleVectorPass.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int STEP = LANES * Double.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final UpdatePass rest;

  DoubleUpdateVectorPass(UpdatePass rest) {
    this.rest = rest;
  }

  @Override
  public void sgd(UpdateRule.Sgd rule, UpdateRange range, UpdateChunk chunk) {
    double examples = range.examples();
    double rate = rule.rate();
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Double.BYTES; i += STEP) {
      DoubleVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      descent.subtract(g.mul(rate), i);
    }
    rest.sgd(rule, range, chunk.after(whole, Double.BYTES));
  }

  @Override
  public void nesterovs(UpdateRule.Nesterovs rule, UpdateRange range, UpdateChunk chunk) {
    double examples = range.examples();
    double rate = rule.rate();
    double momentum = rule.momentum();
    double ahead = -momentum - 1;
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Double.BYTES; i += STEP) {
      DoubleVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      DoubleVector kept = load(chunk.first(), chunk.firstAt() + i).mul(momentum);
      DoubleVector v = kept.sub(g.mul(rate));
      v.intoByteBuffer(chunk.first(), chunk.firstAt() + i, ORDER);
      descent.subtract(kept.add(v.mul(ahead)), i);
    }
    rest.nesterovs(rule, range, chunk.after(whole, Double.BYTES));
  }

  @Override
  public void adam(UpdateRule.Adam rule, UpdateRange range, UpdateChunk chunk) {
    double examples = range.examples();
    double step = rule.step();
    double beta1 = rule.beta1();
    double beta2 = rule.beta2();
    double epsilon = rule.epsilon();
    double fresh1 = 1 - beta1;
    double fresh2 = 1 - beta2;
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Double.BYTES; i += STEP) {
      DoubleVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      DoubleVector keptM = load(chunk.first(), chunk.firstAt() + i).mul(beta1);
      DoubleVector keptV = load(chunk.second(), chunk.secondAt() + i).mul(beta2);
      DoubleVector m = keptM.add(g.mul(fresh1));
      DoubleVector v = keptV.add(g.mul(g).mul(fresh2));
      m.intoByteBuffer(chunk.first(), chunk.firstAt() + i, ORDER);
      v.intoByteBuffer(chunk.second(), chunk.secondAt() + i, ORDER);
      descent.subtract(m.mul(step).div(v.sqrt().add(epsilon)), i);
    }
    rest.adam(rule, range, chunk.after(whole, Double.BYTES));
  }

  private static DoubleVector load(ByteBuffer from, int offset) {
    return DoubleVector.fromByteBuffer(SPECIES, from, offset, ORDER);
  }

  /** What follows every rule: decay, the update in the gradient's place, the step. */
  private static final class Descent {

    private final UpdateChunk chunk;
    private final boolean decays;
    private final double decay;

    Descent(UpdateChunk chunk, OptionalDouble decay) {
      this.chunk = chunk;
      this.decays = decay.isPresent();
      this.decay = decay.orElse(0);
    }

    /** The vector {@code i} bytes into the chunk. */
    void subtract(DoubleVector update, int i) {
      DoubleVector p = load(chunk.parameters(), chunk.parametersAt() + i);
      DoubleVector u = decays ? p.mul(decay).add(update) : update;
      u.intoByteBuffer(chunk.gradient(), chunk.gradientAt() + i, ORDER);
      p.sub(u).intoByteBuffer(chunk.parameters(), chunk.parametersAt() + i, ORDER);
    }
  }
}
