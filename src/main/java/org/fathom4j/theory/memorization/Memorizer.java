package org.fathom4j.theory.memorization;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.PortableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A residual network built, not trained, to give n points any labels whatever.
 *
 * <pre>
 *   h_0 = A_0 x                                              A_0: k×d
 *   h_j = h_{j−1} + V_j ReLU(U_j h_{j−1} + s_j)              j = 1, …, ℓ = ⌈n/k⌉;   all k×k
 *   ŷ   = V_{ℓ+1} ReLU(U_{ℓ+1} h_ℓ + s_{ℓ+1})                U: r×k, V: r×r
 * </pre>
 *
 * <p>Every block takes k points, the longest of those that are left, and moves each to the
 * surrogate q of its label, ‖q‖ ≤ ½ min‖z‖; its units are exactly silent at all other points
 * ({@link UnitBlock}). That is theorem 3.2 of Hardt and Ma in a variant that needs no random
 * projection to keep distances, so that any hidden width k ≥ 1 and any distinct points will do,
 * with 2kn block weights and no factor log n. A_0 is the identity for k ≥ d and N(0, 1/k)
 * otherwise. If a point is all zero, a constant coordinate 1 is appended to all.
 *
 * <p>Cost: n²k flop to build and 2n²k to {@link #verify}, on all cores and with the same result on
 * any number of them. Memory beside the points: 2nk numbers for the blocks, nk while building.
 *
 * <pre>{@code
 * Memorizer network = Memorizer.of(points, labels, 10, 64, 1);
 * Memorization result = network.verify(points, labels);      // accuracy 1.0
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 3.2 and appendix
 *     B</a>
 */
public final class Memorizer {

  private static final Logger LOG = LoggerFactory.getLogger(Memorizer.class);

  /** Points that a task takes: their coordinates fill a part of the cache beside a block. */
  private static final int CHUNK_NUMBERS = 1 << 14;

  private final int inputs;
  private final int hiddenWidth;
  private final int classes;
  private final boolean constantInput;
  private final double[] embedding; // A_0ᵀ, [d or d + 1, k]
  private final List<UnitBlock> blocks;
  private final UnitBlock readout;
  private final int distinct;
  private final int duplicates;
  private final List<Memorization.Contradiction> contradictions;

  /** Points that are equal. */
  private record Group(int first, List<Integer> members) {}

  private Memorizer(
      int inputs,
      int hiddenWidth,
      int classes,
      boolean constantInput,
      double[] embedding,
      List<UnitBlock> blocks,
      UnitBlock readout,
      int distinct,
      int duplicates,
      List<Memorization.Contradiction> contradictions) {
    this.inputs = inputs;
    this.hiddenWidth = hiddenWidth;
    this.classes = classes;
    this.constantInput = constantInput;
    this.embedding = embedding;
    this.blocks = blocks;
    this.readout = readout;
    this.distinct = distinct;
    this.duplicates = duplicates;
    this.contradictions = contradictions;
  }

  /**
   * Builds the network.
   *
   * @param points [n, d], one a row, finite
   * @param labels n class numbers from 0
   * @param classes r
   * @param hiddenWidth k
   * @param seed of A_0, where k &lt; d
   * @throws InvalidProblemException if shapes or labels do not fit, or two different points cannot
   *     be told apart in double precision
   */
  public static Memorizer of(
      DMatrixRMaj points, int[] labels, int classes, int hiddenWidth, long seed) {
    requireProblem(points, labels, classes, hiddenWidth);
    int d = points.numCols;
    List<Memorization.Contradiction> contradictions = new ArrayList<>();
    List<Integer> kept = new ArrayList<>();
    int duplicates = 0;
    for (Group group : groups(points)) {
      List<Integer> groupLabels = group.members().stream().map(i -> labels[i]).toList();
      if (new HashSet<>(groupLabels).size() > 1) {
        contradictions.add(new Memorization.Contradiction(group.members(), groupLabels));
      } else {
        kept.add(group.first());
        duplicates += group.members().size() - 1;
      }
    }
    if (kept.isEmpty()) {
      throw new InvalidProblemException(
          "Every point has an equal one with another label; there is nothing to memorize.");
    }
    boolean constantInput = kept.stream().anyMatch(i -> isZero(points, i));
    int inputs = constantInput ? d + 1 : d;
    double[] embedding = embedding(inputs, hiddenWidth, seed);
    double[][] z = new double[kept.size()][];
    double[] squares = new double[kept.size()];
    IntStream.range(0, z.length)
        .parallel()
        .forEach(
            i -> {
              z[i] = embed(points.data, kept.get(i) * d, d, constantInput, embedding, hiddenWidth);
              squares[i] = Arrays.stream(z[i]).map(c -> c * c).sum();
            });
    int[] order =
        IntStream.range(0, z.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -squares[i]))
            .mapToInt(i -> i)
            .toArray();
    double shortest = Math.sqrt(squares[order[order.length - 1]]);
    if (!(shortest > 0) || Double.isInfinite(squares[order[0]])) {
      throw new InvalidProblemException(
          String.format(
              "The points have norms from %s to %s after the embedding; scale them so that their"
                  + " squares are numbers.",
              shortest, Math.sqrt(squares[order[0]])));
    }
    double[][] surrogates = surrogates(classes, hiddenWidth, shortest / 2);
    double[] sorted = new double[z.length * hiddenWidth]; // the points in order, one after another
    for (int i = 0; i < order.length; i++) {
      System.arraycopy(z[order[i]], 0, sorted, i * hiddenWidth, hiddenWidth);
    }
    int[] originals = Arrays.stream(order).map(kept::get).toArray();
    List<UnitBlock> blocks = blocks(sorted, hiddenWidth, surrogates, labels, originals);
    return new Memorizer(
        d,
        hiddenWidth,
        classes,
        constantInput,
        embedding,
        blocks,
        readout(surrogates),
        kept.size(),
        duplicates,
        List.copyOf(contradictions));
  }

  private static void requireProblem(
      DMatrixRMaj points, int[] labels, int classes, int hiddenWidth) {
    if (points.numRows < 1 || points.numCols < 1) {
      throw new InvalidProblemException(
          String.format(
              "The points are %d×%d; at least one point of at least one number is needed.",
              points.numRows, points.numCols));
    }
    if (labels.length != points.numRows) {
      throw new InvalidProblemException(
          String.format("There are %d points but %d labels.", points.numRows, labels.length));
    }
    if (classes < 1 || hiddenWidth < 1) {
      throw new InvalidProblemException(
          String.format(
              "The memorizer has %d classes and hidden width %d; both must be at least 1.",
              classes, hiddenWidth));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new InvalidProblemException(
            String.format(
                "Point %d has the label %d; with %d classes labels are 0 to %d.",
                i, labels[i], classes, classes - 1));
      }
    }
    for (int i = 0; i < points.getNumElements(); i++) {
      if (!Double.isFinite(points.data[i])) {
        throw new InvalidProblemException(
            String.format(
                "Point %d has the coordinate %s at %d; coordinates are finite numbers.",
                i / points.numCols, points.data[i], i % points.numCols));
      }
    }
  }

  /** Points by equality, in the order of their first ones. */
  private static List<Group> groups(DMatrixRMaj points) {
    int d = points.numCols;
    Map<Integer, List<Group>> byHash = new HashMap<>();
    List<Group> groups = new ArrayList<>();
    for (int i = 0; i < points.numRows; i++) {
      int hash = 1;
      for (int j = 0; j < d; j++) {
        hash = 31 * hash + Double.hashCode(points.data[i * d + j] + 0.0); // −0 is 0
      }
      List<Group> candidates = byHash.computeIfAbsent(hash, h -> new ArrayList<>(1));
      Group found = null;
      for (Group candidate : candidates) {
        if (equalRows(points, candidate.first(), i)) {
          found = candidate;
        }
      }
      if (found == null) {
        found = new Group(i, new ArrayList<>(1));
        candidates.add(found);
        groups.add(found);
      }
      found.members().add(i);
    }
    return groups;
  }

  private static boolean equalRows(DMatrixRMaj points, int one, int other) {
    int d = points.numCols;
    for (int j = 0; j < d; j++) {
      if (points.data[one * d + j] != points.data[other * d + j]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(DMatrixRMaj points, int row) {
    int d = points.numCols;
    for (int j = 0; j < d; j++) {
      if (points.data[row * d + j] != 0) {
        return false;
      }
    }
    return true;
  }

  /** A_0ᵀ, [inputs, k]: the identity, padded with zeros, or N(0, 1/k) drawn row by row of A_0. */
  private static double[] embedding(int inputs, int hiddenWidth, long seed) {
    DMatrixRMaj embedding = new DMatrixRMaj(hiddenWidth, inputs);
    if (hiddenWidth >= inputs) {
      for (int i = 0; i < inputs; i++) {
        embedding.set(i, i, 1);
      }
    } else {
      embedding = new PortableRandom(seed).normalMatrix(hiddenWidth, inputs);
      CommonOps_DDRM.scale(1 / Math.sqrt(hiddenWidth), embedding);
    }
    return CommonOps_DDRM.transpose(embedding, null).data;
  }

  private static double[] embed(
      double[] x,
      int offset,
      int inputs,
      boolean constantInput,
      double[] embedding,
      int hiddenWidth) {
    double[] z = new double[hiddenWidth];
    UnitBlock.products(x, offset, embedding, inputs, hiddenWidth, z);
    if (constantInput) {
      for (int a = 0; a < hiddenWidth; a++) {
        z[a] += embedding[inputs * hiddenWidth + a];
      }
    }
    return z;
  }

  /** q_j: axes if there are enough of them, a circle otherwise, and on a line different lengths. */
  private static double[][] surrogates(int classes, int hiddenWidth, double norm) {
    double[][] q = new double[classes][hiddenWidth];
    for (int j = 0; j < classes; j++) {
      if (hiddenWidth >= classes) {
        q[j][j] = norm;
      } else if (hiddenWidth > 1) {
        q[j][0] = norm * Math.cos(2 * Math.PI * j / classes);
        q[j][1] = norm * Math.sin(2 * Math.PI * j / classes);
      } else {
        q[j][0] = norm * (classes - j) / classes;
      }
    }
    return q;
  }

  private static List<UnitBlock> blocks(
      double[] sorted, int k, double[][] surrogates, int[] labels, int[] originals) {
    int n = originals.length;
    int count = (n + k - 1) / k;
    LOG.info("Building {} blocks of hidden width {} for {} points.", count, k, n);
    List<UnitBlock> blocks = new ArrayList<>(count);
    for (int start = 0; start < n; start += k) {
      int end = Math.min(n, start + k);
      double[][] alpha = new double[end - start][];
      double[][] change = new double[end - start][k];
      for (int a = 0; a < alpha.length; a++) {
        int from = (start + a) * k;
        alpha[a] = Arrays.copyOfRange(sorted, from, from + k);
        double[] q = surrogates[labels[originals[start + a]]];
        for (int c = 0; c < k; c++) {
          change[a][c] = q[c] - alpha[a][c];
        }
      }
      double[] others = largestProducts(alpha, sorted, end, n, k, surrogates);
      UnitBlock block = UnitBlock.of(alpha, change, others);
      if (block == null) {
        throw inseparable(sorted, k, start, end, originals);
      }
      blocks.add(block);
    }
    return List.copyOf(blocks);
  }

  /** max ⟨α_a, x⟩ over the points from {@code first} on, not moved yet, and the surrogates. */
  private static double[] largestProducts(
      double[][] alpha, double[] sorted, int first, int n, int k, double[][] surrogates) {
    int units = alpha.length;
    double[] transposed = UnitBlock.transpose(alpha);
    int chunk = Math.max(16, CHUNK_NUMBERS / k);
    int chunks = (n - first + chunk - 1) / chunk;
    double[] largest =
        IntStream.range(0, chunks)
            .parallel()
            .mapToObj(
                i -> {
                  int from = first + i * chunk;
                  return largest(sorted, from, Math.min(n, from + chunk), transposed, k, units);
                })
            .reduce(Memorizer::larger)
            .orElseGet(() -> new double[units]);
    double[] products = new double[units];
    for (double[] q : surrogates) {
      UnitBlock.products(q, 0, transposed, k, units, products);
      largest = larger(largest, products);
    }
    return largest;
  }

  private static double[] largest(
      double[] points, int from, int to, double[] transposed, int k, int units) {
    double[] largest = new double[units];
    Arrays.fill(largest, Double.NEGATIVE_INFINITY);
    double[] products = new double[units];
    for (int j = from; j < to; j++) {
      UnitBlock.products(points, j * k, transposed, k, units, products);
      for (int a = 0; a < units; a++) {
        largest[a] = Math.max(largest[a], products[a]);
      }
    }
    return largest;
  }

  private static double[] larger(double[] one, double[] other) {
    double[] larger = new double[one.length];
    Arrays.setAll(larger, a -> Math.max(one[a], other[a]));
    return larger;
  }

  /** Names the two points that are nearest to each other in a block that failed. */
  private static InvalidProblemException inseparable(
      double[] sorted, int k, int start, int end, int[] originals) {
    int one = start;
    int other = start;
    double nearest = Double.POSITIVE_INFINITY;
    for (int a = start; a < end; a++) {
      for (int j = a + 1; j < originals.length; j++) {
        double square = 0;
        for (int c = 0; c < k; c++) {
          double difference = sorted[a * k + c] - sorted[j * k + c];
          square += difference * difference;
        }
        if (square < nearest) {
          nearest = square;
          one = a;
          other = j;
        }
      }
    }
    return new InvalidProblemException(
        String.format(
            "Points %d and %d differ, but only by %.1e after the embedding to %d numbers, which double"
                + " precision does not tell apart. Take a larger hidden width or another seed.",
            originals[one], originals[other], Math.sqrt(nearest), k));
  }

  private static UnitBlock readout(double[][] surrogates) {
    double[][] oneHot = new double[surrogates.length][surrogates.length];
    for (int j = 0; j < surrogates.length; j++) {
      oneHot[j][j] = 1;
    }
    UnitBlock readout = UnitBlock.of(surrogates, oneHot, new double[surrogates.length]);
    if (readout == null) {
      throw new InvalidProblemException(
          String.format(
              "%d classes cannot be told apart in %d numbers. Take a larger hidden width.",
              surrogates.length, surrogates[0].length));
    }
    return readout;
  }

  /** ŷ, r numbers, of one point. */
  public double[] output(double... x) {
    if (x.length != inputs) {
      throw new InvalidProblemException(
          String.format("The network takes %d numbers, not %d.", inputs, x.length));
    }
    double[] h = embed(x, 0, inputs, constantInput, embedding, hiddenWidth);
    double[] scratch = new double[Math.max(hiddenWidth, classes)];
    for (UnitBlock block : blocks) {
      block.add(h, 0, h, 0, scratch);
    }
    double[] y = new double[classes];
    readout.add(h, 0, y, 0, scratch);
    return y;
  }

  /**
   * Runs the whole network on every point, and compares.
   *
   * @param points those that it was built from, in their order
   * @param labels theirs
   */
  public Memorization verify(DMatrixRMaj points, int[] labels) {
    requireProblem(points, labels, classes, hiddenWidth);
    if (points.numCols != inputs) {
      throw new InvalidProblemException(
          String.format(
              "The network takes %d numbers, but the points have %d.", inputs, points.numCols));
    }
    int n = points.numRows;
    LOG.info("Running {} points through {} blocks.", n, blocks.size());
    Set<Integer> contradicted = new HashSet<>();
    contradictions.forEach(contradiction -> contradicted.addAll(contradiction.points()));
    int chunk = Math.max(16, CHUNK_NUMBERS / hiddenWidth);
    List<Tally> tallies =
        IntStream.range(0, (n + chunk - 1) / chunk)
            .parallel()
            .mapToObj(
                i -> tally(points, labels, i * chunk, Math.min(n, (i + 1) * chunk), contradicted))
            .toList();
    List<Double> errors = tallies.stream().flatMap(tally -> tally.errors().stream()).toList();
    int right = tallies.stream().mapToInt(Tally::right).sum();
    return new Memorization(
        blocks.size(),
        parameters().total(),
        errors.isEmpty() ? Double.NaN : (double) right / errors.size(),
        errors,
        blocks.stream().map(UnitBlock::leastMargin).toList(),
        duplicates,
        contradictions);
  }

  /** The errors of some points, and how many of these are recognised. */
  private record Tally(List<Double> errors, int right) {}

  /** All blocks over a few points, so that both stay in the cache. */
  private Tally tally(
      DMatrixRMaj points, int[] labels, int from, int to, Set<Integer> contradicted) {
    double[] h = new double[(to - from) * hiddenWidth];
    for (int i = from; i < to; i++) {
      double[] z = embed(points.data, i * inputs, inputs, constantInput, embedding, hiddenWidth);
      System.arraycopy(z, 0, h, (i - from) * hiddenWidth, hiddenWidth);
    }
    double[] scratch = new double[Math.max(hiddenWidth, classes)];
    for (UnitBlock block : blocks) {
      for (int offset = 0; offset < h.length; offset += hiddenWidth) {
        block.add(h, offset, h, offset, scratch);
      }
    }
    List<Double> errors = new ArrayList<>(to - from);
    int right = 0;
    for (int i = from; i < to; i++) {
      if (contradicted.contains(i)) {
        continue;
      }
      double[] y = new double[classes];
      readout.add(h, (i - from) * hiddenWidth, y, 0, scratch);
      double maxError = 0;
      boolean largest = true;
      for (int j = 0; j < classes; j++) {
        double error = Math.abs(y[j] - (j == labels[i] ? 1 : 0));
        maxError = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(maxError, error);
        largest &= j == labels[i] || y[j] < y[labels[i]];
      }
      if (largest && y[labels[i]] > 0) {
        right++;
      }
      errors.add(maxError);
    }
    return new Tally(errors, right);
  }

  /** ℓ, the number of residual blocks. */
  public int layers() {
    return blocks.size();
  }

  /** The least relative margin of a hidden unit. */
  public double minMargin() {
    return blocks.stream().mapToDouble(UnitBlock::leastMargin).min().orElseThrow();
  }

  /** How many numbers the network has; a last block with fewer points counts as a full one. */
  public ParameterCount parameters() {
    return ParameterCount.memorizer(
        distinct, constantInput ? inputs + 1L : inputs, hiddenWidth, classes);
  }
}
