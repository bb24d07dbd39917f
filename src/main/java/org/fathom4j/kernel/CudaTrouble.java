package org.fathom4j.kernel;

import jcuda.driver.CUresult;

/** Errors of the CUDA driver in words, each with its cure. */
final class CudaTrouble {

  private CudaTrouble() {}

  /**
   * The exception for a result that is not success.
   *
   * @param what was tried, such as "copying to the GPU"
   */
  static RuntimeException exception(int result, String what) {
    String name = CUresult.stringFor(result);
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return new InsufficientMemoryException(
          "The GPU is out of memory ("
              + what
              + "). End other programs on it, or reduce --batch-size, --depth, --width or"
              + " --hidden-width.");
    }
    return new CudaException("The GPU failed at " + what + ": " + name + ". " + cure(result));
  }

  private static String cure(int result) {
    return switch (result) {
      case CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND ->
          "Its driver cannot compile this version's kernels; install a newer one ('fathom doctor'"
              + " names the oldest that serves), or use --kernel fused.";
      case CUresult.CUDA_ERROR_NO_DEVICE,
          CUresult.CUDA_ERROR_INVALID_DEVICE,
          CUresult.CUDA_ERROR_NOT_INITIALIZED,
          CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "Look at what 'fathom doctor' and nvidia-smi say, or use --kernel fused.";
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_VALUE,
          CUresult.CUDA_ERROR_NOT_FOUND ->
          "That is a fault of this program; please report it with the output of 'fathom doctor'."
              + " --kernel fused does without the GPU.";
      default ->
          "The device may be lost, or its driver restarted: look at nvidia-smi. A run's last"
              + " checkpoint, if it has one, is intact: --resume goes on from there.";
    };
  }
}
