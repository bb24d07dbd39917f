package org.fathom4j.block;

import java.util.Optional;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Where ND4J's arrays can be worked on directly: in the processor's memory, as float or double. */
public final class HostMemory {

  private HostMemory() {}

  /** Whether this ND4J backend keeps arrays in the processor's memory. */
  public static boolean isBackend() {
    return Backend.IS_HOST;
  }

  /**
   * The memory of an array, which the caller must keep reachable; empty if it lies on a device, its
   * numbers are not float or double, or not one after another.
   */
  public static Optional<NativeVector> ofDense(INDArray array) {
    return isBackend() && knows(array.dataType()) && isDense(array)
        ? Optional.of(of(array))
        : Optional.empty();
  }

  /** Whether raw kernels know the type. */
  static boolean knows(DataType type) {
    return type == DataType.FLOAT || type == DataType.DOUBLE;
  }

  /** Whether the numbers of an array lie one after another. */
  static boolean isDense(INDArray array) {
    return array.length() == 1 || array.elementWiseStride() == 1;
  }

  /** The memory of a dense array, which the caller must keep reachable. */
  static NativeVector of(INDArray array) {
    Precision precision = array.dataType() == DataType.FLOAT ? Precision.FLOAT : Precision.DOUBLE;
    return NativeVector.at(array.data().addressPointer().address(), precision, array.length());
  }

  /** Asked once: the answer is made of a list of all devices. */
  private static final class Backend {

    static final boolean IS_HOST =
        "CPU"
            .equalsIgnoreCase(
                String.valueOf(
                    Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend")));
  }
}
