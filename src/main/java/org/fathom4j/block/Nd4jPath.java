package org.fathom4j.block;

import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.MemoryPlan;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The blocks in ND4J's operations: any backend, any {@link IActivation}.
 *
 * <pre>
 *   z_l = z_{l-1} + α U (σ(V (z_{l-1} + b1) + b2) + b3)
 * </pre>
 *
 * <p>Multiplies the transposes of the framework's arrays, without copying: a minibatch [N, D] in C
 * order is the matrix z: [D, N] in Fortran order whose columns are the examples, as in the papers,
 * and the BLAS wants that order. Activations get rows, [N, M], as everywhere in the framework: not
 * all of them treat every number alone (softmax). Keeps z_{l-1} and the pre-activation a_l of every
 * block, L·N·(D + M) numbers; most activations add L·N·M for their derivatives in the backward
 * pass. One call of an operation costs some 10 µs whatever its size; the raw kernels exist to save
 * them.
 */
final class Nd4jPath implements StackPath {

  /** Places for h, ∂h, z and the next z, whatever the depth. */
  private static final int WORKING = 2;

  private final IActivation activation;
  private INDArray[] streams; // z_{l-1}: [D, N]; the first is the layer's input
  private INDArray[] preActivations; // a_l: [N, M]; null for linear blocks

  Nd4jPath(IActivation activation) {
    this.activation = activation;
  }

  /**
   * What a minibatch takes of the framework's workspaces: z, a and the slopes of every block.
   *
   * @param hiddenWidth M; 0 for linear blocks
   */
  static MemoryPlan memoryPlan(
      int depth, long width, long hiddenWidth, int numberBytes, int examples) {
    long numbers = depth * (width + 2 * hiddenWidth) + WORKING * (width + hiddenWidth);
    return MemoryPlan.keepAll(
        hiddenWidth == 0
            ? "z of all " + depth + " blocks is kept in the framework's workspaces"
            : "z, a and slopes of all " + depth + " blocks are kept in the framework's workspaces",
        examples * numbers * numberBytes,
        examples);
  }

  @Override
  public void forward(
      BlockArrays p,
      INDArray input,
      INDArray output,
      Scratch keepFor,
      Scratch scratch,
      DepthProbe probe) {
    int depth = p.depth();
    boolean keeps = keepFor != null;
    boolean linear = p.kind() == BlockKind.LINEAR;
    streams = keeps ? new INDArray[depth] : null;
    preActivations = keeps && !linear ? new INDArray[depth] : null;
    INDArray z = input.transpose();
    INDArray[] pingPong = new INDArray[2];
    long[] hiddenShape = {z.size(1), p.innerOf(0).size(0)};
    INDArray place = linear ? null : scratch.create(z, 'c', hiddenShape);
    INDArray shifted = p.form().isBiased() ? scratch.create(z, 'f', z.shape()) : null;
    recordActivation(probe, 0, z);
    for (int l = 0; l < depth; l++) {
      INDArray next;
      if (l == depth - 1) {
        next = output.transpose();
      } else if (keeps) {
        next = keepFor.create(z, 'f', z.shape());
      } else {
        if (pingPong[l % 2] == null) {
          pingPong[l % 2] = scratch.create(z, 'f', z.shape());
        }
        next = pingPong[l % 2];
      }
      next.assign(z);
      if (keeps) {
        streams[l] = z;
      }
      if (linear) {
        Nd4j.gemm(p.innerOf(l), z, next, false, false, p.alpha(l), 1);
      } else {
        INDArray a = place;
        if (keeps) {
          a = keepFor.create(z, 'c', hiddenShape);
          preActivations[l] = a;
        }
        preActivation(p, l, biased(p, l, z, shifted), a);
        INDArray h = hidden(p, l, keeps ? place.assign(a) : a, keeps);
        Nd4j.gemm(p.outerOf(l), h.transpose(), next, false, false, p.alpha(l), 1);
      }
      z = next;
      recordActivation(probe, l + 1, z);
    }
  }

  /** a = V (z + b1) + b2. */
  private static void preActivation(BlockArrays p, int l, INDArray shifted, INDArray a) {
    Nd4j.gemm(p.innerOf(l), shifted, a.transpose(), false, false, 1, 0);
    if (p.form().isBiased()) {
      a.addi(p.scalar(l, 2));
    }
  }

  /** z + b1, in the place given; z itself if there is no such bias. */
  private static INDArray biased(BlockArrays p, int l, INDArray z, INDArray place) {
    return p.form().isBiased() ? place.assign(z).addi(p.scalar(l, 1)) : z;
  }

  /** h = σ(a) + b3; overwrites a, as the framework's activations do. */
  private INDArray hidden(BlockArrays p, int l, INDArray a, boolean training) {
    INDArray h = activation.getActivation(a, training);
    return p.form().isBiased() ? h.addi(p.scalar(l, 3)) : h;
  }

  @Override
  public void backward(
      BlockArrays p,
      INDArray input,
      INDArray outputGradient,
      BlockArrays gradients,
      INDArray inputGradient,
      Scratch scratch,
      DepthProbe probe) {
    boolean linear = p.kind() == BlockKind.LINEAR;
    INDArray dz = inputGradient.transpose();
    dz.assign(outputGradient.transpose());
    Places places =
        new Places(
            linear ? null : scratch.create(dz, 'c', preActivations[0].shape()),
            linear ? null : scratch.create(dz, 'c', preActivations[0].shape()),
            linear || p.form().isBiased() ? scratch.create(dz, 'f', dz.shape()) : null);
    recordGradient(probe, p.depth(), dz);
    for (int l = p.depth() - 1; l >= 0; l--) {
      if (linear) {
        backwardLinear(p, l, dz, gradients, places);
      } else {
        backwardNonlinear(p, l, dz, gradients, places);
      }
      recordGradient(probe, l, dz);
    }
  }

  /**
   * Memory that every block of a backward pass uses anew.
   *
   * @param hidden for h, [N, M]
   * @param hiddenGradient for ∂h, [N, M]
   * @param stream [D, N]
   */
  private record Places(INDArray hidden, INDArray hiddenGradient, INDArray stream) {}

  private void backwardLinear(
      BlockArrays p, int l, INDArray dz, BlockArrays gradients, Places places) {
    INDArray z = streams[l];
    double alpha = p.alpha(l);
    Nd4j.gemm(dz, z, gradients.innerOf(l), false, true, alpha, 0);
    INDArray adz = places.stream(); // Aᵀ ∂z'
    Nd4j.gemm(p.innerOf(l), dz, adz, true, false, 1, 0);
    if (p.form().isScaled()) {
      gradients.scalars().putScalar(l, 0, dot(z, adz)); // ⟨∂z', A z⟩
      adz.muli(alpha);
    }
    dz.addi(adz);
  }

  private void backwardNonlinear(
      BlockArrays p, int l, INDArray dz, BlockArrays gradients, Places places) {
    double alpha = p.alpha(l);
    INDArray a = preActivations[l];
    INDArray h = hidden(p, l, places.hidden().assign(a), true);
    Nd4j.gemm(dz, h.transpose(), gradients.outerOf(l), false, true, alpha, 0);
    INDArray dh = places.hiddenGradient(); // Uᵀ ∂z', then α Uᵀ ∂z'
    Nd4j.gemm(p.outerOf(l), dz, dh.transpose(), true, false, 1, 0);
    if (p.form().isScaled()) {
      gradients.scalars().putScalar(l, 0, dot(h, dh));
      dh.muli(alpha);
    }
    if (p.form().isBiased()) {
      gradients.scalars().putScalar(l, 3, dh.sumNumber().doubleValue());
    }
    INDArray da = activation.backprop(a, dh).getFirst();
    INDArray shifted = biased(p, l, streams[l], places.stream());
    Nd4j.gemm(da.transpose(), shifted, gradients.innerOf(l), false, true, 1, 0);
    if (p.form().isBiased()) {
      INDArray throughV = places.stream(); // Vᵀ ∂a
      Nd4j.gemm(p.innerOf(l), da.transpose(), throughV, true, false, 1, 0);
      gradients.scalars().putScalar(l, 1, throughV.sumNumber().doubleValue());
      gradients.scalars().putScalar(l, 2, da.sumNumber().doubleValue());
      dz.addi(throughV);
    } else {
      Nd4j.gemm(p.innerOf(l), da.transpose(), dz, true, false, 1, 1);
    }
  }

  @Override
  public boolean keeps() {
    return streams != null
        && streams[streams.length - 1].isInScope()
        && (preActivations == null || preActivations[0].isInScope());
  }

  @Override
  public void clear() {
    streams = null;
    preActivations = null;
  }

  private static double dot(INDArray x, INDArray y) {
    return x.mul(y).sumNumber().doubleValue();
  }

  private static void recordActivation(DepthProbe probe, int layer, INDArray z) {
    if (probe != null && probe.wants(layer)) {
      probe.recordActivationNorm(layer, norm(z));
    }
  }

  private static void recordGradient(DepthProbe probe, int layer, INDArray dz) {
    if (probe != null && probe.wants(layer)) {
      probe.recordGradientNorm(layer, norm(dz));
    }
  }

  /** Scaled by the largest entry: squares overflow early, a probe only where an entry does. */
  private static double norm(INDArray z) {
    double largest = z.amaxNumber().doubleValue();
    if (!(largest > 0)) {
      return z.norm2Number().doubleValue(); // the largest of zeros and NaN is 0, their norm NaN
    }
    if (Double.isInfinite(largest)) {
      return largest;
    }
    return Math.min(Double.MAX_VALUE, z.div(largest).norm2Number().doubleValue() * largest);
  }
}
