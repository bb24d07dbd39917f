package org.fathom4j.theory;

import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;

/** Momentum by its definition, on networks that do not change. */
public final class HeavyBall {

  private HeavyBall() {}

  /** next + μ (now − before). */
  public static LinearNetwork pushed(
      LinearNetwork next, LinearNetwork now, LinearNetwork before, double momentum) {
    List<LinearNetwork.Layer> layers =
        IntStream.rangeClosed(1, next.depth())
            .mapToObj(
                l -> {
                  DMatrixRMaj matrix = next.layer(l).matrix().copy();
                  CommonOps_DDRM.addEquals(matrix, momentum, now.layer(l).matrix());
                  CommonOps_DDRM.addEquals(matrix, -momentum, before.layer(l).matrix());
                  return new LinearNetwork.Layer(matrix, next.layer(l).residual());
                })
            .toList();
    return new LinearNetwork(layers);
  }
}
