package org.fathom4j.theory.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/**
 * A linear network: the product W_L ⋯ W_1 of L matrices, its loss and its gradients.
 *
 * <pre>
 *   P = W_L ⋯ W_1,   E = P − Φ,   R = ½‖E‖_F²                                           (0.1)
 *   G_l = ∂R/∂W_l = (W_L ⋯ W_{l+1})ᵀ E (W_{l-1} ⋯ W_1)ᵀ                                 (A.1)
 * </pre>
 *
 * <p>Layers are counted from 1, the one next to the input, to L. A layer is stored as the residual
 * A_l of W_l = I + A_l, and multiplied as P + A_l P, or plainly as W_l: at depth 10,000 the entries
 * of A_l are near 1e-4, and storing W_l would cost four of their sixteen digits. Plain layers may
 * be rectangular.
 *
 * <p>Immutable. Layers that are the same matrix share it, so that a ZAS network of a million layers
 * takes the memory of two. This class is the definition, written for reading; {@link
 * org.fathom4j.theory.descent.GradientDescent} computes with a faster version that is held to it.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 2, equation (2.4)
 *     and the one after it</a>
 */
public final class LinearNetwork {

  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final List<Layer> layers;

  /**
   * One factor.
   *
   * @param matrix A_l if residual, W_l otherwise; never changed
   * @param residual whether the factor is I + matrix
   */
  public record Layer(DMatrixRMaj matrix, boolean residual) {

    /** W_l = 0. */
    public static Layer zero(int dimension) {
      return new Layer(new DMatrixRMaj(dimension, dimension), false);
    }

    /** W_l = I. */
    public static Layer identity(int dimension) {
      return new Layer(new DMatrixRMaj(dimension, dimension), true);
    }

    /** Rows. */
    public int outputs() {
      return matrix.numRows;
    }

    /** Columns. */
    public int inputs() {
      return matrix.numCols;
    }

    /** W_l, a copy. */
    public DMatrixRMaj weight() {
      DMatrixRMaj weight = matrix.copy();
      if (residual) {
        addToDiagonal(weight, 1);
      }
      return weight;
    }

    /** A_l = W_l − I, a copy. */
    public DMatrixRMaj deviation() {
      DMatrixRMaj deviation = matrix.copy();
      if (!residual) {
        addToDiagonal(deviation, -1);
      }
      return deviation;
    }

    /** W_l X. */
    public DMatrixRMaj apply(DMatrixRMaj x) {
      DMatrixRMaj y;
      if (residual) {
        y = x.copy();
        CommonOps_DDRM.multAdd(matrix, x, y);
      } else {
        y = new DMatrixRMaj(matrix.numRows, x.numCols);
        CommonOps_DDRM.mult(matrix, x, y);
      }
      return y;
    }

    /** W_lᵀ X. */
    public DMatrixRMaj applyTransposed(DMatrixRMaj x) {
      DMatrixRMaj y;
      if (residual) {
        y = x.copy();
        CommonOps_DDRM.multAddTransA(matrix, x, y);
      } else {
        y = new DMatrixRMaj(matrix.numCols, x.numCols);
        CommonOps_DDRM.multTransA(matrix, x, y);
      }
      return y;
    }

    private static void addToDiagonal(DMatrixRMaj matrix, double number) {
      for (int i = 0; i < matrix.numRows; i++) {
        matrix.add(i, i, number);
      }
    }
  }

  /**
   * The loss, and how it changes with every layer.
   *
   * @param loss R
   * @param product P, [d_L, d_0]
   * @param layers G_1, …, G_L, of the shapes of the layers
   */
  public record Gradients(double loss, DMatrixRMaj product, List<DMatrixRMaj> layers) {

    public Gradients {
      layers = List.copyOf(layers);
    }

    /** All entries, in the order of {@link LinearNetwork#toVector}. */
    public double[] toVector() {
      return concatenated(layers);
    }

    /** Σ_l ‖G_l‖_F². */
    public double squaredNorm() {
      double sum = 0;
      for (DMatrixRMaj layer : layers) {
        sum += LinearNetwork.squaredNorm(layer);
      }
      return sum;
    }
  }

  /**
   * The network of these layers.
   *
   * @param layers W_1, …, W_L, each with as many columns as the one before has rows; not copied,
   *     not to be changed afterwards. Entries may be beyond what is finite, as they are where a
   *     training diverged
   */
  public LinearNetwork(List<Layer> layers) {
    if (layers.isEmpty()) {
      throw new InvalidProblemException("A linear network has at least one layer.");
    }
    for (int l = 1; l <= layers.size(); l++) {
      Layer layer = layers.get(l - 1);
      if (layer.residual() && layer.inputs() != layer.outputs()) {
        throw new InvalidProblemException(
            String.format(
                "Layer %d is I + A with A of %d×%d; A is square.",
                l, layer.outputs(), layer.inputs()));
      }
      if (l > 1 && layer.inputs() != layers.get(l - 2).outputs()) {
        throw new InvalidProblemException(
            String.format(
                "Layer %d has %d columns, but layer %d has %d rows; a layer takes what the one"
                    + " before it gives.",
                l, layer.inputs(), l - 1, layers.get(l - 2).outputs()));
      }
    }
    this.layers = layers;
  }

  /**
   * The network of W_l = I + A_l.
   *
   * @param deviations A_1, …, A_L, all [d, d], finite; not copied, not to be changed afterwards
   */
  public static LinearNetwork residual(List<DMatrixRMaj> deviations) {
    return finite(deviations.stream().map(a -> new Layer(a, true)).toList());
  }

  /**
   * The network of these matrices.
   *
   * @param weights W_1, …, W_L, finite, each with as many columns as the one before has rows; not
   *     copied, not to be changed afterwards
   */
  public static LinearNetwork general(List<DMatrixRMaj> weights) {
    return finite(weights.stream().map(w -> new Layer(w, false)).toList());
  }

  private static LinearNetwork finite(List<Layer> layers) {
    LinearNetwork network = new LinearNetwork(layers);
    for (int l = 1; l <= layers.size(); l++) {
      if (MatrixFeatures_DDRM.hasUncountable(layers.get(l - 1).matrix())) {
        throw new InvalidProblemException(
            "Layer " + l + " has an entry that is not a finite number.");
      }
    }
    return network;
  }

  /** Fails unless a depth is at least 1. */
  public static void requireDepth(int depth) {
    if (depth < 1) {
      throw new InvalidProblemException("The depth is " + depth + "; it must be at least 1.");
    }
  }

  /** L. */
  public int depth() {
    return layers.size();
  }

  /** d_0, the columns of W_1. */
  public int inputWidth() {
    return layers.get(0).inputs();
  }

  /** d_L, the rows of W_L. */
  public int outputWidth() {
    return layers.get(depth() - 1).outputs();
  }

  /** W_l, a copy. */
  public DMatrixRMaj weight(int layer) {
    return layer(layer).weight();
  }

  /** A_l = W_l − I, a copy, with all the digits that the network has of it. */
  public DMatrixRMaj deviation(int layer) {
    if (layer(layer).inputs() != layer(layer).outputs()) {
      throw new InvalidProblemException("Layer " + layer + " is not square.");
    }
    return layer(layer).deviation();
  }

  /** max_l ‖W_l − I‖_2 of square layers. */
  public double largestDeviation() {
    double largest = 0;
    for (int l = 1; l <= depth(); l++) {
      largest = Math.max(largest, NormOps_DDRM.inducedP2(deviation(l)));
    }
    return largest;
  }

  /** P = W_L ⋯ W_1, [d_L, d_0]. */
  public DMatrixRMaj product() {
    DMatrixRMaj product = layers.get(0).weight();
    for (Layer layer : layers.subList(1, depth())) {
      product = layer.apply(product);
    }
    return product;
  }

  /** R = ½‖P − Φ‖_F². */
  public double loss(Target target) {
    requireShape(target);
    return target.loss(product());
  }

  /**
   * R and all G_l (A.1): products from the input, W_{l-1} ⋯ W_1, are kept; W_L ⋯ W_{l+1} is never
   * formed, but its transpose times E. Cost: 6(L−1)d³ flop, memory 2Ld².
   */
  public Gradients gradients(Target target) {
    requireShape(target);
    List<DMatrixRMaj> prefixes = new ArrayList<>(depth()); // W_l ⋯ W_1
    for (Layer layer : layers) {
      prefixes.add(
          prefixes.isEmpty() ? layer.weight() : layer.apply(prefixes.get(prefixes.size() - 1)));
    }
    DMatrixRMaj product = prefixes.get(depth() - 1);
    DMatrixRMaj back = product.copy(); // (W_L ⋯ W_{l+1})ᵀ E
    CommonOps_DDRM.subtractEquals(back, target.phi());
    double loss = squaredNorm(back) / 2;
    DMatrixRMaj[] gradients = new DMatrixRMaj[depth()];
    for (int l = depth(); l > 1; l--) {
      DMatrixRMaj prefix = prefixes.get(l - 2);
      gradients[l - 1] = new DMatrixRMaj(back.numRows, prefix.numRows);
      CommonOps_DDRM.multTransB(back, prefix, gradients[l - 1]);
      back = layer(l).applyTransposed(back);
    }
    gradients[0] = back;
    return new Gradients(loss, product, Arrays.asList(gradients));
  }

  /** How many numbers the stored matrices have together. */
  public long size() {
    return layers.stream().mapToLong(layer -> layer.matrix().getNumElements()).sum();
  }

  /**
   * All stored entries, A_l or W_l, layer by layer from 1, row by row.
   *
   * @throws InvalidProblemException if they do not fit an array
   */
  public double[] toVector() {
    if (size() > LARGEST_ARRAY) {
      throw new InvalidProblemException(
          String.format(
              "The network of depth %d has %d numbers in its layers, more than an array holds. Take a"
                  + " smaller depth or target.",
              depth(), size()));
    }
    return concatenated(layers.stream().map(Layer::matrix).toList());
  }

  /** The network of the same shape with other entries, in the order of {@link #toVector}. */
  public LinearNetwork withVector(double[] vector) {
    List<Layer> changed = new ArrayList<>(depth());
    int offset = 0;
    for (Layer layer : layers) {
      DMatrixRMaj matrix = layer.matrix().createLike();
      System.arraycopy(vector, offset, matrix.data, 0, matrix.getNumElements());
      offset += matrix.getNumElements();
      changed.add(new Layer(matrix, layer.residual()));
    }
    return new LinearNetwork(Collections.unmodifiableList(changed));
  }

  private static double[] concatenated(List<DMatrixRMaj> matrices) {
    double[] vector = new double[matrices.stream().mapToInt(DMatrixRMaj::getNumElements).sum()];
    int offset = 0;
    for (DMatrixRMaj matrix : matrices) {
      System.arraycopy(matrix.data, 0, vector, offset, matrix.getNumElements());
      offset += matrix.getNumElements();
    }
    return vector;
  }

  /** The network of W_l − η G_l. */
  public LinearNetwork step(Gradients gradients, double learningRate) {
    List<Layer> moved = new ArrayList<>(depth());
    for (int i = 0; i < depth(); i++) {
      DMatrixRMaj matrix = layers.get(i).matrix().copy();
      CommonOps_DDRM.addEquals(matrix, -learningRate, gradients.layers().get(i));
      moved.add(new Layer(matrix, layers.get(i).residual()));
    }
    return new LinearNetwork(Collections.unmodifiableList(moved));
  }

  /** The layer itself; from 1 to L. */
  public Layer layer(int layer) {
    if (layer < 1 || layer > depth()) {
      throw new InvalidProblemException(
          String.format("There is no layer %d: layers are 1 to %d.", layer, depth()));
    }
    return layers.get(layer - 1);
  }

  /** The layers, from 1 to L. */
  public List<Layer> layers() {
    return layers;
  }

  /** Fails unless the product is of the target's shape. */
  public void requireShape(Target target) {
    int d = target.dimension();
    if (inputWidth() != d || outputWidth() != d) {
      throw new InvalidProblemException(
          String.format(
              "The network maps %d numbers to %d, but the target %s is %d×%d.",
              inputWidth(), outputWidth(), target.name(), d, d));
    }
  }

  static double squaredNorm(DMatrixRMaj matrix) {
    double sum = 0;
    for (int i = 0; i < matrix.getNumElements(); i++) {
      sum += matrix.data[i] * matrix.data[i];
    }
    return sum;
  }
}
