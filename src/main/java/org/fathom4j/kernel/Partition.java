package org.fathom4j.kernel;

/**
 * How the examples of a minibatch are cut: every worker gets the same number of slabs, slabs differ
 * by one row at most. It depends on the shape and the thread count alone, and so do the results.
 *
 * @param examples N
 * @param workers threads that take part
 * @param slabsPerWorker slabs that one worker marches through a chunk of blocks, one by one
 * @param lanes examples in one vector of the lane slab; 1 for BLAS
 */
record Partition(int examples, int workers, int slabsPerWorker, int lanes) {

  /**
   * Up to this width and hidden width the lane slab beats BLAS, whose calls cost more than work.
   */
  static final int TINY = 8;

  /** Waking a thread costs as much as this many flops. */
  static final long WORTH_A_THREAD = 2_000_000;

  /** Below so many rows a product loses more than a second core wins. */
  private static final int LEAST_ROWS = 8;

  /** What a slab's z, h and their gradients may take: half of a small second-level cache. */
  private static final long CACHE_BYTES = 512 << 10;

  /** Weights pass through the cache once a slab: with fewer rows they would rule. */
  private static final int LEAST_ROWS_OF_A_PANEL = 128;

  /** Rows of a lane slab: z, h and gradients of a run of blocks fit a large second-level cache. */
  private static final int LANE_ROWS = 128;

  static Partition of(StackShape shape, int examples, int threads, long worthAThread) {
    boolean always = worthAThread == 0;
    double work = 4.0 * examples * shape.matrixLength() * shape.depth(); // of the forward pass
    double useful = always ? threads : 1 + work / worthAThread;
    int largest = always ? examples : Math.max(1, examples / LEAST_ROWS);
    int workers = (int) Math.max(1, Math.min(Math.min(threads, largest), useful));
    long rowBytes = 2L * (shape.width() + shape.hiddenWidth()) * shape.precision().bytes();
    int lanes = isTiny(shape) ? VectorSupport.vectorBits() / Float.SIZE : 1;
    long panel = lanes > 1 ? LANE_ROWS : Math.max(LEAST_ROWS_OF_A_PANEL, CACHE_BYTES / rowBytes);
    if (lanes > 1 && !always) {
      // a vector that is half full takes as long as a full one
      workers = Math.min(workers, (examples + lanes - 1) / lanes);
    }
    int rows = (examples + workers - 1) / workers;
    int slabsPerWorker = (int) ((rows + panel - 1) / panel);
    return new Partition(examples, workers, slabsPerWorker, lanes);
  }

  /** Whether the lane slab serves a shape. */
  static boolean isTiny(StackShape shape) {
    return shape.kind() == BlockKind.NONLINEAR
        && shape.form() == BranchForm.PLAIN
        && shape.precision() == Precision.FLOAT
        && shape.width() <= TINY
        && shape.hiddenWidth() <= TINY
        && VectorSupport.available();
  }

  int slabs() {
    return workers * slabsPerWorker;
  }

  /** The first row of a slab; of slab number {@link #slabs}, N. */
  int firstRow(int slab) {
    return (int) ((long) examples * slab / slabs());
  }

  int rows(int slab) {
    return firstRow(slab + 1) - firstRow(slab);
  }

  /** Rows that a slot of the slab has room for: whole vectors. */
  int storedRows(int slab) {
    return (rows(slab) + lanes - 1) / lanes * lanes;
  }
}
