package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/**
 * A part of a range of parameters, with all that belongs to it, each so many bytes into a buffer.
 *
 * @param parameters p
 * @param gradient the sum of gradients; u afterwards
 * @param first m of Adam, v of Nesterov; null without
 * @param second v of Adam; null without
 * @param count how many parameters
 */
record UpdateChunk(
    ByteBuffer parameters,
    int parametersAt,
    ByteBuffer gradient,
    int gradientAt,
    ByteBuffer first,
    int firstAt,
    ByteBuffer second,
    int secondAt,
    int count) {

  /** The same without the first {@code done} numbers, of so many bytes each. */
  UpdateChunk after(int done, int bytes) {
    int skip = done * bytes;
    return new UpdateChunk(
        parameters,
        parametersAt + skip,
        gradient,
        gradientAt + skip,
        first,
        firstAt + skip,
        second,
        secondAt + skip,
        count - done);
  }
}
