package org.fathom4j.kernel;

/**
 * The definition of a residual stack, forward and backward, written to be read.
 *
 * <pre>
 *   forward                       backward, from ∂z' = ∂R/∂z'
 *   a  = (z + b1) V + b2   [M]    ∂h = α ∂z' Uᵀ          ∂U += α hᵀ ∂z'         ∂α  += h · ∂z' Uᵀ
 *   h  = σ(a) + b3         [M]    ∂a = ∂h ⊙ σ'(a)        ∂V += (z + b1)ᵀ ∂a     ∂b3 += Σ ∂h
 *   z' = z + α h U         [D]    ∂z = ∂z' + ∂a Vᵀ       ∂b1 += Σ ∂a Vᵀ         ∂b2 += Σ ∂a
 * </pre>
 *
 * for every example, a row. Plain branches have α = 1 and no biases; a linear block has A in the
 * place of V, σ the identity and U = I.
 *
 * <p>Plain loops over one block and one example at a time. Sums are taken in double precision;
 * every z, a and ∂z is rounded to the stored precision. Faster kernels change the order of sums and
 * the memory they keep, and are held to this one. The trace keeps all z_l and a_l, L·N·(D + M)
 * numbers.
 */
public final class ReferenceKernel implements StackKernel {

  private final boolean planAskedFor;

  /** With the only plan it has, if that fits. */
  public ReferenceKernel() {
    this(false);
  }

  private ReferenceKernel(boolean planAskedFor) {
    this.planAskedFor = planAskedFor;
  }

  @Override
  public KernelName name() {
    return KernelName.REFERENCE;
  }

  @Override
  public MemoryPlan memoryPlan(StackShape shape, int examples, long freeBytes) {
    MemoryPlan plan =
        MemoryPlan.keepAll(
            "z and a of all " + shape.depth() + " blocks are kept",
            FullTrace.bytes(shape, examples),
            examples);
    return planAskedFor ? plan : plan.within(freeBytes);
  }

  @Override
  public StackKernel keepingTo(MemoryPlan.Kind kind) {
    if (kind != MemoryPlan.Kind.KEEP_ALL) {
      throw new IllegalArgumentException(
          "The reference kernel keeps all; it has no memory plan " + kind.option() + ".");
    }
    return new ReferenceKernel(true);
  }

  @Override
  public Trace newTrace(StackShape shape, int examples) {
    return new FullTrace(shape, examples);
  }

  @Override
  public void forward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      Trace trace,
      DepthProbe probe) {
    parameters.requireFits(shape);
    FullTrace kept = (FullTrace) trace;
    double[][] z = rows(input, 0, examples, shape.width());
    recordActivation(probe, 0, z);
    for (int l = 0; l < shape.depth(); l++) {
      Block block = Block.of(shape, parameters, l);
      if (kept != null) {
        store(z, kept.streams, (long) l * examples * shape.width());
      }
      double[][] a = new double[examples][];
      for (int n = 0; n < examples; n++) {
        a[n] = block.preActivation(z[n]);
        block.addBranch(a[n], z[n]);
      }
      if (kept != null) {
        store(a, kept.preActivations, (long) l * examples * shape.hiddenWidth());
      }
      recordActivation(probe, l + 1, z);
    }
    store(z, output, 0);
  }

  @Override
  public void backward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      Trace trace,
      NativeVector outputGradient,
      StackParameters gradients,
      NativeVector inputGradient,
      DepthProbe probe) {
    parameters.requireFits(shape);
    gradients.requireFits(shape);
    FullTrace kept = (FullTrace) trace;
    double[][] dz = rows(outputGradient, 0, examples, shape.width());
    recordGradient(probe, shape.depth(), dz);
    for (int l = shape.depth() - 1; l >= 0; l--) {
      Block block = Block.of(shape, parameters, l);
      BlockGradient gradient = new BlockGradient(shape);
      double[][] z = kept.streams(shape, l, examples);
      double[][] a = kept.preActivations(shape, l, examples);
      for (int n = 0; n < examples; n++) {
        gradient.add(block, z[n], a[n], dz[n]);
      }
      gradient.store(shape, l, gradients);
      recordGradient(probe, l, dz);
    }
    store(dz, inputGradient, 0);
  }

  /** The parameters of one block, read once: V [D][M], U [M][D], α, b1, b2, b3. */
  private record Block(
      StackShape shape, double[][] v, double[][] u, double alpha, double b1, double b2, double b3) {

    static Block of(StackShape shape, StackParameters parameters, int l) {
      long start = l * shape.matrixLength();
      double[][] v = rows(parameters.inner(), start, shape.width(), shape.hiddenWidth());
      double[][] u =
          shape.kind() == BlockKind.LINEAR
              ? identity(shape.width())
              : rows(parameters.outer(), start, shape.hiddenWidth(), shape.width());
      NativeVector s = parameters.scalars();
      return switch (shape.form()) {
        case PLAIN -> new Block(shape, v, u, 1, 0, 0, 0);
        case SCALED -> new Block(shape, v, u, s.get(l), 0, 0, 0);
        case SCALED_AND_BIASED ->
            new Block(
                shape,
                v,
                u,
                s.get(4L * l),
                s.get(4L * l + 1),
                s.get(4L * l + 2),
                s.get(4L * l + 3));
      };
    }

    /** a = (z + b1) V + b2. */
    double[] preActivation(double[] z) {
      double[] a = new double[shape.hiddenWidth()];
      for (int d = 0; d < z.length; d++) {
        double shifted = z[d] + b1;
        for (int m = 0; m < a.length; m++) {
          a[m] += shifted * v[d][m];
        }
      }
      for (int m = 0; m < a.length; m++) {
        a[m] = rounded(shape, a[m] + b2);
      }
      return a;
    }

    /** z += α h U with h = σ(a) + b3. */
    void addBranch(double[] a, double[] z) {
      double[] branch = new double[z.length];
      for (int m = 0; m < a.length; m++) {
        double h = shape.activation().value(a[m]) + b3;
        for (int d = 0; d < z.length; d++) {
          branch[d] += h * u[m][d];
        }
      }
      for (int d = 0; d < z.length; d++) {
        z[d] = rounded(shape, z[d] + alpha * branch[d]);
      }
    }

    private static double[][] identity(int width) {
      double[][] eye = new double[width][width];
      for (int d = 0; d < width; d++) {
        eye[d][d] = 1;
      }
      return eye;
    }
  }

  /** Sums over examples of the gradients of one block. */
  private static final class BlockGradient {

    private final double[][] dV;
    private final double[][] dU;
    private double dAlpha;
    private double dB1;
    private double dB2;
    private double dB3;

    BlockGradient(StackShape shape) {
      dV = new double[shape.width()][shape.hiddenWidth()];
      dU = new double[shape.hiddenWidth()][shape.width()];
    }

    /** Adds one example's part and turns its ∂R/∂z' into ∂R/∂z, in place. */
    void add(Block block, double[] z, double[] a, double[] dz) {
      StackShape shape = block.shape();
      double[] da = new double[a.length];
      for (int m = 0; m < a.length; m++) {
        double h = shape.activation().value(a[m]) + block.b3();
        double dzU = 0; // (∂z' Uᵀ)_m
        for (int d = 0; d < dz.length; d++) {
          dzU += dz[d] * block.u()[m][d];
          dU[m][d] += block.alpha() * h * dz[d];
        }
        double dh = block.alpha() * dzU;
        da[m] = rounded(shape, dh * shape.activation().derivative(a[m]));
        dAlpha += h * dzU;
        dB3 += dh;
        dB2 += da[m];
      }
      for (int d = 0; d < z.length; d++) {
        double daV = 0; // (∂a Vᵀ)_d
        for (int m = 0; m < a.length; m++) {
          daV += da[m] * block.v()[d][m];
          dV[d][m] += (z[d] + block.b1()) * da[m];
        }
        dB1 += daV;
        dz[d] = rounded(shape, dz[d] + daV);
      }
    }

    void store(StackShape shape, int l, StackParameters gradients) {
      long start = l * shape.matrixLength();
      ReferenceKernel.store(dV, gradients.inner(), start);
      if (shape.kind() == BlockKind.NONLINEAR) {
        ReferenceKernel.store(dU, gradients.outer(), start);
      }
      double[] scalars = {dAlpha, dB1, dB2, dB3};
      int count = shape.form().scalarsPerBlock();
      for (int i = 0; i < count; i++) {
        gradients.scalars().set((long) l * count + i, scalars[i]);
      }
    }
  }

  /** Every z_l, l = 0…L-1, and every pre-activation. */
  private static final class FullTrace implements Trace {

    private final NativeVector streams;
    private final NativeVector preActivations;

    FullTrace(StackShape shape, int examples) {
      long rows = (long) shape.depth() * examples;
      streams = NativeVector.allocate(shape.precision(), rows * shape.width());
      preActivations = NativeVector.allocate(shape.precision(), rows * shape.hiddenWidth());
    }

    static long bytes(StackShape shape, int examples) {
      return (long) shape.depth()
          * examples
          * (shape.width() + shape.hiddenWidth())
          * shape.precision().bytes();
    }

    double[][] streams(StackShape shape, int l, int examples) {
      return rows(streams, (long) l * examples * shape.width(), examples, shape.width());
    }

    double[][] preActivations(StackShape shape, int l, int examples) {
      int hidden = shape.hiddenWidth();
      return rows(preActivations, (long) l * examples * hidden, examples, hidden);
    }

    @Override
    public long bytes() {
      return (streams.length() + preActivations.length()) * streams.precision().bytes();
    }

    @Override
    public void close() {
      streams.release();
      preActivations.release();
    }
  }

  private static double[][] rows(NativeVector from, long start, int rows, int columns) {
    double[][] matrix = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix[i][j] = from.get(start + (long) i * columns + j);
      }
    }
    return matrix;
  }

  private static void store(double[][] matrix, NativeVector to, long start) {
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix[i].length; j++) {
        to.set(start + (long) i * matrix[i].length + j, matrix[i][j]);
      }
    }
  }

  private static double rounded(StackShape shape, double value) {
    return shape.precision() == Precision.FLOAT ? (float) value : value;
  }

  private static void recordActivation(DepthProbe probe, int layer, double[][] z) {
    if (probe != null && probe.wants(layer)) {
      probe.recordActivationNorm(layer, norm(z));
    }
  }

  private static void recordGradient(DepthProbe probe, int layer, double[][] dz) {
    if (probe != null && probe.wants(layer)) {
      probe.recordGradientNorm(layer, norm(dz));
    }
  }

  private static double norm(double[][] rows) {
    int width = rows[0].length;
    return Norm.of(rows.length * width, i -> rows[i / width][i % width]);
  }
}
