package org.fathom4j.kernel;

/** The floating-point formats in which parameters and activations are stored. */
public enum Precision {
  FLOAT(Float.BYTES),
  DOUBLE(Double.BYTES);

  private final int bytes;

  Precision(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes a number takes. */
  public int bytes() {
    return bytes;
  }
}
