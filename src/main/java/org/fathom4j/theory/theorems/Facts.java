package org.fathom4j.theory.theorems;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.flow.IdentityFlow;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.NormalForm;
import org.fathom4j.theory.linear.Target;

/** What hypotheses ask of targets and networks, each with the error it is known to. */
final class Facts {

  /** Beyond this dimension normality is not decided exactly: d³ products of long numbers. */
  private static final int LARGEST_EXACT_DIMENSION = 64;

  /** Numbers in all layers together; more would take minutes. */
  private static final long LARGEST_NETWORK = 2_000_000;

  /** ε of double precision. */
  private static final double EPSILON = 0x1.0p-52;

  private Facts() {}

  /**
   * A bound on the rounding error of eigenvalues of a normal, and singular values of any, matrix:
   * 16 d ε ‖A‖_F. Backward stable methods make errors of about ε‖A‖_2 times a small power of d.
   */
  static double spectralError(DMatrixRMaj matrix) {
    return 16 * matrix.numRows * EPSILON * NormOps_DDRM.normF(matrix);
  }

  static double spectralError(Target target) {
    return spectralError(target.matrix());
  }

  /** A bound on the relative rounding error of a formula of some twenty operations. */
  static double formulaError(double value) {
    return 32 * EPSILON * Math.abs(value);
  }

  /** max |Φ_ij − Φ_ji|, exactly 0 if and only if Φ is symmetric. */
  static double asymmetry(Target target) {
    DMatrixRMaj phi = target.matrix();
    double largest = 0;
    for (int i = 0; i < phi.numRows; i++) {
      for (int j = 0; j < i; j++) {
        largest = Math.max(largest, Math.abs(phi.get(i, j) - phi.get(j, i)));
      }
    }
    return largest;
  }

  /**
   * max |ΦΦᵀ − ΦᵀΦ|_ij in exact arithmetic: 0 if and only if Φ, as it stands, is normal. NaN where
   * the dimension is too large to tell.
   */
  static double commutator(Target target) {
    if (asymmetry(target) == 0) {
      return 0;
    }
    int d = target.dimension();
    if (d > LARGEST_EXACT_DIMENSION) {
      return Double.NaN;
    }
    DMatrixRMaj entries = target.matrix();
    BigDecimal[][] phi = new BigDecimal[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        phi[i][j] = new BigDecimal(entries.get(i, j));
      }
    }
    BigDecimal largest = BigDecimal.ZERO;
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int k = 0; k < d; k++) {
          sum = sum.add(phi[i][k].multiply(phi[j][k])).subtract(phi[k][i].multiply(phi[k][j]));
        }
        largest = largest.max(sum.abs());
      }
    }
    double value = largest.doubleValue();
    return value == 0 && largest.signum() != 0 ? Double.MIN_VALUE : value;
  }

  /** Sign of det Φ, of a matrix that is certainly invertible. */
  static double determinantSign(Target target) {
    return Math.signum(CommonOps_DDRM.det(target.matrix()));
  }

  /** σ_min. */
  static double leastSingularValue(Target target) {
    double[] values = target.singularValues();
    return values[values.length - 1];
  }

  /** max_l max_ij of |W_l − I| for l &lt; L and |W_L|: exactly 0 for the start (3.1). */
  static double distanceFromZeroAsymmetric(LinearNetwork network) {
    int depth = network.depth();
    double largest = largestEntry(network.layer(depth).weight());
    for (int l = 1; l < depth; l++) {
      largest = Math.max(largest, distanceFromIdentity(network.layer(l)));
    }
    return largest;
  }

  /** max_l max_ij |W_l − I|. */
  static double distanceFromIdentity(LinearNetwork network) {
    double largest = 0;
    for (LinearNetwork.Layer layer : network.layers()) {
      largest = Math.max(largest, distanceFromIdentity(layer));
    }
    return largest;
  }

  private static double distanceFromIdentity(LinearNetwork.Layer layer) {
    return layer.inputs() == layer.outputs() ? largestEntry(layer.deviation()) : Double.NaN;
  }

  /** a of W_1 = … = W_L = aI; NaN if the layers are not that. */
  static double commonScale(LinearNetwork network) {
    double scale = network.layer(1).weight().get(0, 0);
    for (LinearNetwork.Layer layer : network.layers()) {
      if (layer.inputs() != layer.outputs()) {
        return Double.NaN;
      }
      DMatrixRMaj rest = layer.weight();
      for (int i = 0; i < rest.numRows; i++) {
        rest.add(i, i, -scale);
      }
      if (largestEntry(rest) != 0) {
        return Double.NaN;
      }
    }
    return scale;
  }

  private static double largestEntry(DMatrixRMaj matrix) {
    return CommonOps_DDRM.elementMaxAbs(matrix);
  }

  /** Eigenvalues of a normal target, {real, imaginary ≥ 0}, a pair once. */
  static List<double[]> eigenvalues(Target target) {
    List<double[]> values = new ArrayList<>();
    for (NormalForm.Block block : NormalForm.of(target.matrix()).blocks()) {
      values.add(new double[] {block.alpha(), block.beta()});
    }
    return values;
  }

  /** min_i dist(0, [1, λ_i]): how near the flow from the identity comes to a singular product. */
  static double leastModulusOnTheWay(Target target) {
    return eigenvalues(target).stream()
        .mapToDouble(value -> new IdentityFlow(value[0], value[1], 2).leastModulus())
        .min()
        .orElseThrow();
  }

  /** λ_min and λ_max of a symmetric target. */
  static double[] eigenvalueRange(Target target) {
    double[] values = target.eigenvalues().values();
    Arrays.sort(values);
    return new double[] {values[0], values[values.length - 1]};
  }

  /** ½ Σ λ² over the eigenvalues that are certainly negative, of a symmetric target. */
  static double lossOfNegativeEigenvalues(Target target) {
    double error = spectralError(target);
    return Arrays.stream(target.eigenvalues().values())
        .filter(value -> value < -error)
        .map(value -> value * value / 2)
        .sum();
  }

  static Hypothesis somethingToLearn(Setting setting) {
    return Hypothesis.positive("R(0) > 0", setting.start().loss(setting.target()), 0);
  }

  /** Fails if the matrices of a problem are more than a card multiplies. */
  static void requireSize(Setting setting) {
    long numbers = setting.start().size();
    if (numbers > LARGEST_NETWORK) {
      throw new InvalidProblemException(
          String.format(
              "The network of depth %d for %s has %d numbers; a theorem's card computes gradients of"
                  + " at most %d. Take a smaller depth or target.",
              setting.depth(), setting.target().name(), numbers, LARGEST_NETWORK));
    }
  }
}
