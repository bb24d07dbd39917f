package org.fathom4j.kernel;

/**
 * No GPU of this machine can run the cuda kernel, or its driver refused a call; the message says
 * why and what helps.
 */
public final class CudaException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * The kernel cannot go on, or cannot begin.
   *
   * @param message what is wrong (of a call: what was tried, and the driver's name of the error),
   *     and the cure
   */
  public CudaException(String message) {
    super(message);
  }
}
