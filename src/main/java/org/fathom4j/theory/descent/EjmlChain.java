package org.fathom4j.theory.descent;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/** A chain in EJML: layers of any shape, no native code; for small matrices the faster one. */
final class EjmlChain implements Chain {

  private final Target target;
  private final DMatrixRMaj phi;
  private final boolean[] residual;
  private final DMatrixRMaj[] matrices; // A_l or W_l
  private final DMatrixRMaj[] prefixes; // W_l … W_1
  private final DMatrixRMaj[] backs; // (W_L … W_{l+1})ᵀ E, where layer l needs it
  private final DMatrixRMaj[] velocities;

  EjmlChain(LinearNetwork start, Target target) {
    int depth = start.depth();
    this.target = target;
    this.phi = target.matrix();
    this.residual = new boolean[depth];
    this.matrices = new DMatrixRMaj[depth];
    this.prefixes = new DMatrixRMaj[depth];
    this.velocities = new DMatrixRMaj[depth];
    this.backs = new DMatrixRMaj[depth];
    for (int i = 0; i < depth; i++) {
      LinearNetwork.Layer layer = start.layers().get(i);
      residual[i] = layer.residual();
      matrices[i] = layer.matrix().copy();
      prefixes[i] = new DMatrixRMaj(layer.outputs(), start.inputWidth());
      // Two matrices in turn are enough, if all layers have one shape.
      backs[i] =
          i >= 2 && sameShape(backs[i - 2], prefixes[i]) ? backs[i - 2] : prefixes[i].createLike();
    }
  }

  private static boolean sameShape(DMatrixRMaj a, DMatrixRMaj b) {
    return a.numRows == b.numRows && a.numCols == b.numCols;
  }

  @Override
  public double forward() {
    prefixes[0].setTo(new LinearNetwork.Layer(matrices[0], residual[0]).weight());
    for (int i = 1; i < matrices.length; i++) {
      if (residual[i]) {
        prefixes[i].setTo(prefixes[i - 1]);
        CommonOps_DDRM.multAdd(matrices[i], prefixes[i - 1], prefixes[i]);
      } else {
        CommonOps_DDRM.mult(matrices[i], prefixes[i - 1], prefixes[i]);
      }
    }
    return target.loss(prefixes[matrices.length - 1]);
  }

  @Override
  public void backward(double learningRate, double momentum) {
    int last = matrices.length - 1;
    CommonOps_DDRM.subtract(prefixes[last], phi, backs[last]);
    for (int i = last; i >= 0; i--) {
      if (i > 0) { // before layer i changes
        if (residual[i]) {
          backs[i - 1].setTo(backs[i]);
          CommonOps_DDRM.multAddTransA(matrices[i], backs[i], backs[i - 1]);
        } else {
          CommonOps_DDRM.multTransA(matrices[i], backs[i], backs[i - 1]);
        }
      }
      if (momentum != 0 && velocities[i] == null) {
        velocities[i] = matrices[i].createLike();
      }
      DMatrixRMaj change = matrices[i];
      if (momentum != 0) {
        change = velocities[i];
        CommonOps_DDRM.scale(momentum, change);
      }
      if (i > 0) {
        CommonOps_DDRM.multAddTransB(-learningRate, backs[i], prefixes[i - 1], change);
      } else {
        CommonOps_DDRM.addEquals(change, -learningRate, backs[0]);
      }
      if (momentum != 0) {
        CommonOps_DDRM.addEquals(matrices[i], change);
      }
    }
  }

  @Override
  public DMatrixRMaj product() {
    return prefixes[matrices.length - 1].copy();
  }

  @Override
  public LinearNetwork.Layer layer(int layer) {
    return new LinearNetwork.Layer(matrices[layer - 1].copy(), residual[layer - 1]);
  }
}
