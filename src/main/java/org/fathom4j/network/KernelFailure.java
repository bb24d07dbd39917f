package org.fathom4j.network;

import java.util.Optional;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.InsufficientMemoryException;

/** Failures of the machine that kernels report, for whoever tells the user. */
public final class KernelFailure {

  private KernelFailure() {}

  /**
   * The sentence of a failing GPU, or of memory that does not suffice for activations; empty if
   * neither is behind a failure.
   */
  public static Optional<String> message(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof CudaException || t instanceof InsufficientMemoryException) {
        return Optional.of(t.getMessage());
      }
    }
    return Optional.empty();
  }
}
