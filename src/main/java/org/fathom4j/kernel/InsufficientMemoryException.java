package org.fathom4j.kernel;

/** A stack's activations do not fit into memory, whatever the {@link MemoryPlan}. */
public final class InsufficientMemoryException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Too little memory.
   *
   * @param message what would be taken, what there is, and which options make it less
   */
  public InsufficientMemoryException(String message) {
    super(message);
  }
}
