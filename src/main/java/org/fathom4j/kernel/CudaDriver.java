package org.fathom4j.kernel;

/** What {@link CudaReport} asks of the NVIDIA driver. */
interface CudaDriver {

  /** How the driver is reached. */
  @FunctionalInterface
  interface Source {

    /**
     * Loads the driver's library.
     *
     * @throws Missing if there is none, or it cannot be reached from here
     */
    CudaDriver open() throws Missing;
  }

  /** There is no driver to ask; the message says why, and what helps. */
  final class Missing extends Exception {

    private static final long serialVersionUID = 1;

    Missing(String message) {
      super(message);
    }
  }

  /** The driver answered a call with an error. */
  final class Refusal extends Exception {

    /** CUDA_ERROR_NO_DEVICE. */
    static final int NO_DEVICE = 100;

    private static final long serialVersionUID = 1;

    private final int code;

    /**
     * A call failed.
     *
     * @param call such as cuInit
     * @param code the driver's number of the error
     * @param name the driver's name of it, such as CUDA_ERROR_NO_DEVICE
     */
    Refusal(String call, int code, String name) {
      super(call + " answers " + name + " (" + code + ")");
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** Newest CUDA version that it serves, 1000·major + 10·minor; may be asked at any time. */
  int version() throws Refusal;

  /** To be called before everything that follows. */
  void initialize() throws Refusal;

  /** How many GPUs it shows to this process. */
  int deviceCount() throws Refusal;

  /** The name of a GPU. */
  String name(int ordinal) throws Refusal;

  /** Compute capability before the point. */
  int major(int ordinal) throws Refusal;

  /** Compute capability after the point. */
  int minor(int ordinal) throws Refusal;

  /** SMs. */
  int multiprocessors(int ordinal) throws Refusal;

  /** Bytes of a GPU's memory. */
  long totalBytes(int ordinal) throws Refusal;

  /** Takes part in the GPU's primary context and makes it the calling thread's. */
  void enterContext(int ordinal) throws Refusal;

  /** Bytes that nobody has taken, in the calling thread's context. */
  long freeBytes() throws Refusal;

  /** Undoes {@link #enterContext}; a context that nobody else uses is gone. */
  void leaveContext(int ordinal) throws Refusal;
}
