package org.fathom4j.kernel;

/** The NVIDIA driver, or a device, refused a call; the message says which and what helps. */
public final class CudaException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * A call failed.
   *
   * @param message what was tried, the driver's name of the error, and the cure
   */
  public CudaException(String message) {
    super(message);
  }
}
