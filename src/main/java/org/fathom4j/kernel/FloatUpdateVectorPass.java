package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalDouble;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarUpdatePass} a vector of floats at a time, to the same bits: the same operations in
 * the same order, none of them fused. What is left at the end is done one by one.
 */
final class FloatUpdateVectorPass implements UpdatePass {

  private static final VectorSpecies<Float> SPECIES = FloatVectorPass.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int STEP = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final UpdatePass rest;

  FloatUpdateVectorPass(UpdatePass rest) {
    this.rest = rest;
  }

  @Override
  public void sgd(UpdateRule.Sgd rule, UpdateRange range, UpdateChunk chunk) {
    float examples = (float) range.examples();
    float rate = (float) rule.rate();
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Float.BYTES; i += STEP) {
      FloatVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      descent.subtract(g.mul(rate), i);
    }
    rest.sgd(rule, range, chunk.after(whole, Float.BYTES));
  }

  @Override
  public void nesterovs(UpdateRule.Nesterovs rule, UpdateRange range, UpdateChunk chunk) {
    float examples = (float) range.examples();
    float rate = (float) rule.rate();
    float momentum = (float) rule.momentum();
    float ahead = -momentum - 1;
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Float.BYTES; i += STEP) {
      FloatVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      FloatVector kept = load(chunk.first(), chunk.firstAt() + i).mul(momentum);
      FloatVector v = kept.sub(g.mul(rate));
      v.intoByteBuffer(chunk.first(), chunk.firstAt() + i, ORDER);
      descent.subtract(kept.add(v.mul(ahead)), i);
    }
    rest.nesterovs(rule, range, chunk.after(whole, Float.BYTES));
  }

  @Override
  public void adam(UpdateRule.Adam rule, UpdateRange range, UpdateChunk chunk) {
    float examples = (float) range.examples();
    float step = (float) rule.step();
    float beta1 = (float) rule.beta1();
    float beta2 = (float) rule.beta2();
    float epsilon = (float) rule.epsilon();
    float fresh1 = 1 - beta1;
    float fresh2 = 1 - beta2;
    Descent descent = new Descent(chunk, range.decay());
    int whole = SPECIES.loopBound(chunk.count());
    for (int i = 0; i < whole * Float.BYTES; i += STEP) {
      FloatVector g = load(chunk.gradient(), chunk.gradientAt() + i).div(examples);
      FloatVector keptM = load(chunk.first(), chunk.firstAt() + i).mul(beta1);
      FloatVector keptV = load(chunk.second(), chunk.secondAt() + i).mul(beta2);
      FloatVector m = keptM.add(g.mul(fresh1));
      FloatVector v = keptV.add(g.mul(g).mul(fresh2));
      m.intoByteBuffer(chunk.first(), chunk.firstAt() + i, ORDER);
      v.intoByteBuffer(chunk.second(), chunk.secondAt() + i, ORDER);
      descent.subtract(m.mul(step).div(v.sqrt().add(epsilon)), i);
    }
    rest.adam(rule, range, chunk.after(whole, Float.BYTES));
  }

  private static FloatVector load(ByteBuffer from, int offset) {
    return FloatVector.fromByteBuffer(SPECIES, from, offset, ORDER);
  }

  /** What follows every rule: decay, the update in the gradient's place, the step. */
  private static final class Descent {

    private final UpdateChunk chunk;
    private final boolean decays;
    private final float decay;

    Descent(UpdateChunk chunk, OptionalDouble decay) {
      this.chunk = chunk;
      this.decays = decay.isPresent();
      this.decay = (float) decay.orElse(0);
    }

    /** The vector {@code i} bytes into the chunk. */
    void subtract(FloatVector update, int i) {
      FloatVector p = load(chunk.parameters(), chunk.parametersAt() + i);
      FloatVector u = decays ? p.mul(decay).add(update) : update;
      u.intoByteBuffer(chunk.gradient(), chunk.gradientAt() + i, ORDER);
      p.sub(u).intoByteBuffer(chunk.parameters(), chunk.parametersAt() + i, ORDER);
    }
  }
}
