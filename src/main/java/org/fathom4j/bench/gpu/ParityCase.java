package org.fathom4j.bench.gpu;

import java.util.Locale;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackShape;

/**
 * A stack and a minibatch on which a kernel is held against the reference, in every precision and
 * by every memory plan.
 *
 * @param kind nonlinear or linear blocks
 * @param form the scalars of each branch
 * @param depth L
 * @param width D
 * @param hiddenWidth M, equal to the width for linear blocks
 * @param activation σ, identity for linear blocks
 * @param examples N
 */
record ParityCase(
    BlockKind kind,
    BranchForm form,
    int depth,
    int width,
    int hiddenWidth,
    Activation activation,
    int examples) {

  static ParityCase nonlinear(
      BranchForm form, int depth, int width, int hiddenWidth, Activation activation, int examples) {
    return new ParityCase(
        BlockKind.NONLINEAR, form, depth, width, hiddenWidth, activation, examples);
  }

  static ParityCase linear(BranchForm form, int depth, int width, int examples) {
    return new ParityCase(
        BlockKind.LINEAR, form, depth, width, width, Activation.IDENTITY, examples);
  }

  StackShape shape(Precision precision) {
    return new StackShape(kind, form, depth, width, hiddenWidth, activation, precision);
  }

  /** Whether a tiny change of a pre-activation can change a derivative by 1. */
  boolean hasCorner() {
    return activation == Activation.RELU;
  }

  /** Operations of one forward and backward pass, to balance work. */
  double flop() {
    double products = kind == BlockKind.LINEAR ? 6 : 12;
    return products * examples * width * hiddenWidth * depth;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %s %s L=%d D=%d M=%d N=%d",
        kind.name().toLowerCase(Locale.ROOT),
        form.name().toLowerCase(Locale.ROOT),
        activation.name().toLowerCase(Locale.ROOT),
        depth,
        width,
        hiddenWidth,
        examples);
  }
}
