package org.fathom4j.kernel;

import java.util.Arrays;
import org.fathom4j.kernel.MemoryPlan.Kind;

/** The slabs of one minibatch and the memory they share; a trace when it keeps activations. */
final class SlabSet implements StackKernel.Trace {

  /** Gradient copies of a chunk of blocks may take this much a worker: they stay in its cache. */
  private static final long CHUNK_BYTES = 256 << 10;

  private static final int LONGEST_CHUNK = 64;

  private final StackShape shape;
  private final MemoryPlan plan;
  private final Partition partition;
  private final Arena arena;
  private final Slab[] slabs;
  private final int chunk;
  private final long matrixSlot;
  private final long copies; // offset: [worker - 1][parity][block of the chunk][∂V, ∂U]
  private final double[][][] scalarSums; // [parity][slab][3 · block of the chunk]
  private final Blas[] blas; // of the workers
  private boolean filled;

  SlabSet(StackShape shape, MemoryPlan plan, Partition partition) {
    this.shape = shape;
    this.plan = plan;
    this.partition = partition;
    Kind kind = plan == null ? null : plan.kind();
    int segment = plan == null ? 1 : plan.segment();
    matrixSlot = matrixSlot(shape);
    chunk = chunk(shape, partition);
    long[] offsets = new long[partition.slabs() + 1];
    for (int i = 0; i < partition.slabs(); i++) {
      offsets[i + 1] = offsets[i] + Slab.bytes(shape, kind, segment, partition.storedRows(i));
    }
    copies = offsets[partition.slabs()];
    arena = new Arena(bytes(shape, kind, segment, partition));
    slabs = new Slab[partition.slabs()];
    for (int i = 0; i < slabs.length; i++) {
      slabs[i] =
          partition.lanes() > 1
              ? VectorSupport.laneSlab(shape, plan, partition, i, sibling(i), arena, offsets[i])
              : new BlasSlab(
                  shape, plan, partition.firstRow(i), partition.rows(i), arena, offsets[i]);
    }
    blas = new Blas[partition.workers()];
    Arrays.setAll(blas, w -> Blas.of(shape.precision()));
    scalarSums =
        plan != null && shape.form().isBiased() ? new double[2][slabs.length][3 * chunk] : null;
  }

  /**
   * Native memory of a set: its slabs, and two copies of a chunk's weight gradients for each worker
   * after the first, one that is filled while the other is added up.
   *
   * @param plan what is kept; null for nothing, when no backward pass follows
   * @param segment blocks from one kept z to the next
   */
  static long bytes(StackShape shape, Kind plan, int segment, Partition partition) {
    long bytes = 0;
    for (int i = 0; i < partition.slabs(); i++) {
      bytes += Slab.bytes(shape, plan, segment, partition.storedRows(i));
    }
    return plan == null
        ? bytes
        : bytes + (partition.workers() - 1) * 2L * chunk(shape, partition) * 2 * matrixSlot(shape);
  }

  /** Blocks between two meetings of the workers. */
  private static int chunk(StackShape shape, Partition partition) {
    return partition.workers() == 1
        ? shape.depth()
        : (int) Math.max(1, Math.min(LONGEST_CHUNK, CHUNK_BYTES / (2 * matrixSlot(shape))));
  }

  /** Bytes of a copy of ∂V or ∂U. */
  private static long matrixSlot(StackShape shape) {
    return Arena.slot(shape.matrixLength() * shape.precision().bytes());
  }

  void requireFits(StackShape shape, int examples) {
    if (!shape.equals(this.shape) || examples != partition.examples()) {
      throw new IllegalArgumentException(
          String.format(
              "This trace is for %d examples of %s, not for %d of %s.",
              partition.examples(), this.shape, examples, shape));
    }
  }

  void requireFilled() {
    if (!filled) {
      throw new IllegalStateException("The trace is empty: call forward with it first.");
    }
  }

  void forward(
      ThreadTeam team,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      DepthProbe probe) {
    double[][] norms = norms(probe);
    team.run(
        partition.workers(),
        worker -> {
          for (int i = firstSlab(worker); i < firstSlab(worker + 1); i++) {
            slabs[i].forward(parameters, input, output, probe, norms[i]);
          }
        });
    for (int l = 0; probe != null && l <= shape.depth(); l++) {
      if (probe.wants(l)) {
        probe.recordActivationNorm(l, norm(norms, l));
      }
    }
    filled = plan != null;
  }

  /**
   * Chunk after chunk from the last block to the first: all workers march down one chunk, each
   * leaving its part of the weight gradients, worker 0 in its final place, the others in copies. At
   * the start of the next chunk the workers add up the parts of the last one, some blocks each.
   */
  void backward(
      ThreadTeam team,
      StackParameters parameters,
      NativeVector outputGradient,
      StackParameters gradients,
      NativeVector inputGradient,
      DepthProbe probe) {
    double[][] norms = norms(probe);
    for (int i = 0; i < slabs.length; i++) {
      slabs[i].beginBackward(outputGradient, probe, norms[i]);
    }
    int parity = 0;
    int to = shape.depth();
    int doneFrom = to; // blocks of the chunk before this one
    int doneTo = to;
    while (to > 0) {
      int chunkTo = to;
      int chunkFrom = (to - 1) / chunk * chunk;
      int reduceFrom = doneFrom;
      int reduceTo = doneTo;
      int now = parity;
      team.run(
          partition.workers(),
          worker -> {
            reduce(worker, reduceFrom, reduceTo, 1 - now, parameters, gradients);
            march(worker, chunkFrom, chunkTo, now, parameters, gradients, probe, norms);
          });
      doneFrom = chunkFrom;
      doneTo = chunkTo;
      to = chunkFrom;
      parity = 1 - parity;
    }
    int lastFrom = doneFrom;
    int lastTo = doneTo;
    int last = 1 - parity;
    team.run(
        partition.workers(),
        worker -> reduce(worker, lastFrom, lastTo, last, parameters, gradients));
    for (Slab slab : slabs) {
      slab.endBackward(inputGradient);
    }
    for (int l = 0; probe != null && l <= shape.depth(); l++) {
      if (probe.wants(l)) {
        probe.recordGradientNorm(l, norm(norms, l));
      }
    }
  }

  private void march(
      int worker,
      int from,
      int to,
      int parity,
      StackParameters parameters,
      StackParameters gradients,
      DepthProbe probe,
      double[][] norms) {
    Slab.GradientTarget target = worker == 0 ? finalPlace(gradients) : copy(worker, parity, from);
    int first = firstSlab(worker);
    for (int i = first; i < firstSlab(worker + 1); i++) {
      double[] sums = scalarSums == null ? null : scalarSums[parity][i];
      if (sums != null) {
        Arrays.fill(sums, 0);
      }
      slabs[i].backward(parameters, from, to, target, i > first, sums, probe, norms[i]);
    }
  }

  /** Adds the copies of a worker's share of blocks into the final place, and does the scalars. */
  private void reduce(
      int worker,
      int from,
      int to,
      int parity,
      StackParameters parameters,
      StackParameters gradients) {
    int workers = partition.workers();
    int count = Math.toIntExact(shape.matrixLength());
    Slab.GradientTarget place = finalPlace(gradients);
    Blas blas = this.blas[worker];
    for (int l = from + worker; l < to; l += workers) {
      for (int other = 1; other < workers; other++) {
        Slab.GradientTarget copy = copy(other, parity, from);
        blas.add(count, copy.inner(l), place.inner(l));
        if (shape.kind() == BlockKind.NONLINEAR) {
          blas.add(count, copy.outer(l), place.outer(l));
        }
      }
      if (shape.form().isScaled()) {
        scalars(blas, l, from, count, parity, parameters, gradients);
      }
    }
  }

  /** ∂α = ⟨U, ∂U / α⟩, or ⟨A, ∂A / α⟩; then ∂U gets its factor α. */
  private void scalars(
      Blas blas,
      int l,
      int from,
      int count,
      int parity,
      StackParameters parameters,
      StackParameters gradients) {
    boolean linear = shape.kind() == BlockKind.LINEAR;
    long bytes = l * shape.matrixLength() * shape.precision().bytes();
    NativeVector weights = linear ? parameters.inner() : parameters.outer();
    NativeVector gradient = linear ? gradients.inner() : gradients.outer();
    int k = shape.form().scalarsPerBlock();
    long at = (long) l * k;
    double dAlpha = blas.dot(count, weights.address() + bytes, gradient.address() + bytes);
    blas.scale(count, parameters.scalars().get(at), gradient.address() + bytes);
    gradients.scalars().set(at, dAlpha);
    for (int i = 1; i < k; i++) {
      double sum = 0;
      for (double[] ofSlab : scalarSums[parity]) {
        sum += ofSlab[3 * (l - from) + i - 1];
      }
      gradients.scalars().set(at + i, sum);
    }
  }

  private Slab.GradientTarget finalPlace(StackParameters gradients) {
    long block = shape.matrixLength() * shape.precision().bytes();
    long inner = gradients.inner().address();
    long outer = gradients.outer() == null ? 0 : gradients.outer().address();
    return new Matrices(inner, outer, block);
  }

  private Slab.GradientTarget copy(int worker, int parity, int from) {
    long block = shape.matrixLength() * shape.precision().bytes();
    long inner = arena.address(copies + ((worker - 1) * 2L + parity) * chunk * 2 * matrixSlot);
    long outer = inner + chunk * matrixSlot;
    return new Matrices(inner - from * block, outer - from * block, block);
  }

  private record Matrices(long innerOfBlock0, long outerOfBlock0, long bytes)
      implements Slab.GradientTarget {
    @Override
    public long inner(int l) {
      return innerOfBlock0 + l * bytes;
    }

    @Override
    public long outer(int l) {
      return outerOfBlock0 + l * bytes;
    }
  }

  /** A slab of the same worker; null for its first one. */
  private Slab sibling(int slab) {
    return slab % partition.slabsPerWorker() == 0 ? null : slabs[slab - 1];
  }

  private int firstSlab(int worker) {
    return worker * partition.slabsPerWorker();
  }

  private double[][] norms(DepthProbe probe) {
    return new double[slabs.length][probe == null ? 0 : shape.depth() + 1];
  }

  /** Of the whole minibatch, from those of the slabs. */
  private static double norm(double[][] norms, int layer) {
    double norm = 0;
    for (double[] ofSlab : norms) {
      norm = Norm.of(norm, ofSlab[layer]);
    }
    return norm;
  }

  @Override
  public long bytes() {
    return arena.bytes();
  }

  @Override
  public void close() {
    arena.close();
  }
}
