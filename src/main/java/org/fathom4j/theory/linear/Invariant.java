package org.fathom4j.theory.linear;

import java.util.function.IntFunction;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The balancedness of neighbouring layers, which the gradient flow conserves and gradient descent
 * changes by a known amount.
 *
 * <pre>
 *   D_l = W_{l+1}ᵀ W_{l+1} − W_l W_lᵀ,  l = 1, …, L−1;          dD_l/dt = 0 under the flow
 *   D_l(t+1) − D_l(t) = η² (G_{l+1}ᵀ G_{l+1} − G_l G_lᵀ)        exactly, for gradient descent   (A.5)
 * </pre>
 *
 * <p>ZAS starts with D_l = 0 for l ≤ L−2 and D_{L−1} = −I; the identity with D_l = 0.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, lemmas 4.2 and 4.5</a>
 */
public final class Invariant {

  private Invariant() {}

  /** D_l, [d_l, d_l], for l from 1 to L−1. */
  public static DMatrixRMaj of(LinearNetwork network, int layer) {
    LinearNetwork.Layer upper = network.layer(layer + 1);
    DMatrixRMaj d = deviationFromIdentities(upper, network.layer(layer));
    int identities = identities(upper, network.layer(layer));
    for (int i = 0; i < d.numRows && identities != 0; i++) {
      d.add(i, i, identities);
    }
    return d;
  }

  /** The change of D_l in one step of gradient descent (A.5). */
  public static DMatrixRMaj change(
      LinearNetwork.Gradients gradients, int layer, double learningRate) {
    DMatrixRMaj upper = gradients.layers().get(layer);
    DMatrixRMaj lower = gradients.layers().get(layer - 1);
    DMatrixRMaj change = new DMatrixRMaj(lower.numRows, lower.numRows);
    double square = learningRate * learningRate;
    CommonOps_DDRM.multTransA(square, upper, upper, change);
    CommonOps_DDRM.multAddTransB(-square, lower, lower, change);
    return change;
  }

  /** max_l max_ij |D_l(now) − D_l(start)|; 0 for a single layer. */
  public static double drift(LinearNetwork start, LinearNetwork now) {
    return drift(start::layer, now::layer, now.depth());
  }

  /** The same of layers that are fetched, in order, from 1 to {@code depth}. */
  public static double drift(
      IntFunction<LinearNetwork.Layer> start, IntFunction<LinearNetwork.Layer> now, int depth) {
    double largest = 0;
    LinearNetwork.Layer upperStart = start.apply(1);
    LinearNetwork.Layer upper = now.apply(1);
    for (int l = 1; l < depth; l++) {
      LinearNetwork.Layer lowerStart = upperStart;
      LinearNetwork.Layer lower = upper;
      upperStart = start.apply(l + 1);
      upper = now.apply(l + 1);
      DMatrixRMaj d = deviationFromIdentities(upper, lower);
      CommonOps_DDRM.subtractEquals(d, deviationFromIdentities(upperStart, lowerStart));
      int identities = identities(upper, lower) - identities(upperStart, lowerStart);
      for (int i = 0; i < d.numRows && identities != 0; i++) {
        d.add(i, i, identities);
      }
      double largestHere = CommonOps_DDRM.elementMaxAbs(d);
      if (!(largestHere <= largest)) { // NaN is the largest of all
        largest = largestHere;
      }
    }
    return largest;
  }

  /**
   * D_l without the identity of W^T W = I + A + Aᵀ + AᵀA of residual layers: their digits survive.
   */
  private static DMatrixRMaj deviationFromIdentities(
      LinearNetwork.Layer upper, LinearNetwork.Layer lower) {
    DMatrixRMaj d = new DMatrixRMaj(lower.outputs(), lower.outputs());
    CommonOps_DDRM.multTransA(upper.matrix(), upper.matrix(), d);
    CommonOps_DDRM.multAddTransB(-1, lower.matrix(), lower.matrix(), d);
    addSymmetricPart(d, upper, 1);
    addSymmetricPart(d, lower, -1);
    return d;
  }

  private static void addSymmetricPart(DMatrixRMaj d, LinearNetwork.Layer layer, double sign) {
    if (layer.residual()) {
      DMatrixRMaj a = layer.matrix();
      for (int i = 0; i < d.numRows; i++) {
        for (int j = 0; j < d.numCols; j++) {
          d.add(i, j, sign * (a.get(i, j) + a.get(j, i)));
        }
      }
    }
  }

  private static int identities(LinearNetwork.Layer upper, LinearNetwork.Layer lower) {
    return (upper.residual() ? 1 : 0) - (lower.residual() ? 1 : 0);
  }
}
