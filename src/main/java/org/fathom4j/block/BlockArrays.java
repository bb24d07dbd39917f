package org.fathom4j.block;

import java.util.Map;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameter or gradient views of a residual layer, block by block, as the papers write them.
 *
 * <p>The memory of a stored V: [D, M] in C order is that of V_l: [M, D] in Fortran order. Views are
 * made once, not in every iteration.
 *
 * @param kind nonlinear or linear
 * @param form which scalars there are
 * @param inner all V or A, as stored
 * @param outer all U, as stored; null for linear blocks
 * @param scalars all scalars, [L, k]; null for plain branches
 * @param innerOf V_l: [M, D] or A_l: [D, D] in Fortran order
 * @param outerOf U_l: [D, M] in Fortran order; null for linear blocks
 */
record BlockArrays(
    BlockKind kind,
    BranchForm form,
    INDArray inner,
    INDArray outer,
    INDArray scalars,
    INDArray[] innerOf,
    INDArray[] outerOf) {

  static BlockArrays of(ResidualConfiguration conf, Map<String, INDArray> table) {
    boolean linear = conf.kind() == BlockKind.LINEAR;
    INDArray inner = table.get(linear ? ResidualParams.LINEAR : ResidualParams.INNER);
    INDArray outer = linear ? null : table.get(ResidualParams.OUTER);
    return new BlockArrays(
        conf.kind(),
        conf.getBranchForm(),
        inner,
        outer,
        table.get(ResidualParams.SCALARS),
        transposedBlocks(conf, inner),
        linear ? null : transposedBlocks(conf, outer));
  }

  private static INDArray[] transposedBlocks(ResidualConfiguration conf, INDArray stored) {
    INDArray[] blocks = new INDArray[conf.blocks()];
    for (int l = 0; l < blocks.length; l++) {
      blocks[l] = ResidualParams.block(conf, stored, l).transpose();
    }
    return blocks;
  }

  int depth() {
    return innerOf.length;
  }

  /** Scalar i of block l: α, b1, b2, b3. */
  double scalar(int l, int i) {
    return scalars.getDouble(l, i);
  }

  double alpha(int l) {
    return form.isScaled() ? scalar(l, 0) : 1;
  }
}
