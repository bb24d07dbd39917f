package org.fathom4j.data;

/**
 * What became of checking one file.
 *
 * @param file its name, as found, or as expected when it is missing
 * @param status whether it is right
 * @param expected SHA-256 of the decompressed content that it should have
 * @param found the one it has; empty when it could not be read
 * @param detail what is wrong and the cure; empty when nothing is
 */
public record FileCheck(String file, Status status, String expected, String found, String detail) {

  /** The possible outcomes. */
  public enum Status {
    OK,
    MISSING,
    /** Truncated, over-long, swapped, or otherwise no file of this kind. */
    DAMAGED,
    /** A whole file with another content. */
    DIFFERENT
  }
}
