package org.fathom4j.theory.bounds;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.Eigenvalues;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * How fast the gradient flow converges, told from the invariants of its start alone.
 *
 * <pre>
 *   C_j = W_{j+1}ᵀ W_{j+1} − W_j W_jᵀ at t = 0,   j = 1, …, H = L − 1
 *   c_j = λ_{(d_{j+1})}(C_j), the d_{j+1}-th largest eigenvalue;   d_1 ≥ … ≥ d_H ≥ d_L
 *   all c_j &gt; 0   ⟹   R(t) ≤ e^{−2αt} R(0),   α = Π_j c_j                             (A.8)
 *   always:       R(t) ≤ e^{−2α′t} R(0),  α′ = Π_j m_j,  m_j = max(0, m_{j−1} + c_j),  m_0 = 0
 * </pre>
 *
 * <p>Because W_{j+1}ᵀW_{j+1} = C_j + W_jW_jᵀ and the flow conserves C_j, the least eigenvalue of
 * W_{j+1}W_{j+1}ᵀ is at least m_j, and the gradient of the first layer alone gives the rate. The
 * published slides print one eigenvalue for the product, which is false for H ≥ 2.
 *
 * <p>Read from the output to the input (W_1, …, W_L become W_Lᵀ, …, W_1ᵀ), the same law serves
 * networks whose top layers are small: the zero-asymmetric start has α′ = 1.
 *
 * @param eigenvalues c_1, …, c_H
 * @param widthsFit whether the widths of the hidden layers do not grow, as the theorem asks
 * @see <a href="https://arxiv.org/abs/1811.03568">Chitour, Liao &amp; Couillet, A geometric
 *     approach of gradient descent algorithms in linear neural networks, 2018; slides of 2020</a>
 */
public record ConvergenceRate(List<Double> eigenvalues, boolean widthsFit) {

  public ConvergenceRate {
    eigenvalues = List.copyOf(eigenvalues);
  }

  /** The law read from the input to the output. */
  public static ConvergenceRate of(LinearNetwork start) {
    int depth = start.depth();
    List<Double> eigenvalues = new ArrayList<>();
    boolean fit = true;
    for (int j = 1; j < depth; j++) {
      int width = start.layer(j).outputs();
      int next = start.layer(j + 1).outputs();
      fit &= width >= next;
      eigenvalues.add(kthLargest(Invariant.of(start, j), next));
    }
    return new ConvergenceRate(eigenvalues, fit);
  }

  /** The law read from the output to the input. */
  public static ConvergenceRate fromOutput(LinearNetwork start) {
    int depth = start.depth();
    List<Double> eigenvalues = new ArrayList<>();
    boolean fit = true;
    for (int j = depth - 1; j >= 1; j--) {
      int width = start.layer(j + 1).inputs();
      int next = start.layer(j).inputs();
      fit &= width >= next;
      DMatrixRMaj invariant = Invariant.of(start, j);
      CommonOps_DDRM.changeSign(invariant);
      eigenvalues.add(kthLargest(invariant, next));
    }
    return new ConvergenceRate(eigenvalues, fit);
  }

  /** −∞ where the matrix has fewer than k eigenvalues. */
  private static double kthLargest(DMatrixRMaj symmetric, int k) {
    int n = symmetric.numRows;
    if (k > n) {
      return Double.NEGATIVE_INFINITY;
    }
    double[] values = Eigenvalues.of(symmetric).values();
    Arrays.sort(values);
    return values[n - k] + 0.0; // −0 is 0
  }

  /** Whether the theorem's hypotheses hold: widths that do not grow, and all c_j positive. */
  public boolean applies() {
    return widthsFit && eigenvalues.stream().allMatch(c -> c > 0);
  }

  /** α of (A.8); 0 where the hypotheses fail. */
  public double rate() {
    return applies() ? eigenvalues.stream().mapToDouble(c -> c).reduce(1, (a, c) -> a * c) : 0;
  }

  /** α′, never below α; 0 says nothing. */
  public double cumulativeRate() {
    if (!widthsFit) {
      return 0;
    }
    double product = 1;
    double least = 0;
    for (double c : eigenvalues) {
      least = Math.max(0, least + c);
      product *= least;
    }
    return product;
  }
}
