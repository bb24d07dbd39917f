package org.fathom4j.block;

import java.util.Map;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameter or gradient views of a residual layer, whole and block by block as the papers write
 * them.
 *
 * <p>The memory of a stored V: [D, M] in C order is that of V_l: [M, D] in Fortran order. Views of
 * blocks are made when the first is asked for and kept: raw kernels, which take the whole memory,
 * never pay for the millions of a very deep stack.
 */
final class BlockArrays {

  private final ResidualConfiguration conf;
  private final INDArray inner;
  private final INDArray outer;
  private final INDArray scalars;
  private INDArray[] innerOf;
  private INDArray[] outerOf;

  private BlockArrays(
      ResidualConfiguration conf, INDArray inner, INDArray outer, INDArray scalars) {
    this.conf = conf;
    this.inner = inner;
    this.outer = outer;
    this.scalars = scalars;
  }

  static BlockArrays of(ResidualConfiguration conf, Map<String, INDArray> table) {
    boolean linear = conf.kind() == BlockKind.LINEAR;
    return new BlockArrays(
        conf,
        table.get(linear ? ResidualParams.LINEAR : ResidualParams.INNER),
        linear ? null : table.get(ResidualParams.OUTER),
        table.get(ResidualParams.SCALARS));
  }

  BlockKind kind() {
    return conf.kind();
  }

  BranchForm form() {
    return conf.getBranchForm();
  }

  int depth() {
    return conf.blocks();
  }

  /** All V or A, as stored. */
  INDArray inner() {
    return inner;
  }

  /** All U, as stored; null for linear blocks. */
  INDArray outer() {
    return outer;
  }

  /** All scalars, [L, k]; null for plain branches. */
  INDArray scalars() {
    return scalars;
  }

  /** V_l: [M, D] or A_l: [D, D] in Fortran order, l from 0. */
  INDArray innerOf(int l) {
    if (innerOf == null) {
      innerOf = transposedBlocks(inner);
    }
    return innerOf[l];
  }

  /** U_l: [D, M] in Fortran order, l from 0; nonlinear blocks only. */
  INDArray outerOf(int l) {
    if (outerOf == null) {
      outerOf = transposedBlocks(outer);
    }
    return outerOf[l];
  }

  private INDArray[] transposedBlocks(INDArray stored) {
    INDArray[] blocks = new INDArray[depth()];
    for (int l = 0; l < blocks.length; l++) {
      blocks[l] = ResidualParams.block(conf, stored, l).transpose();
    }
    return blocks;
  }

  /** Scalar i of block l: α, b1, b2, b3. */
  double scalar(int l, int i) {
    return scalars.getDouble(l, i);
  }

  double alpha(int l) {
    return form().isScaled() ? scalar(l, 0) : 1;
  }
}
