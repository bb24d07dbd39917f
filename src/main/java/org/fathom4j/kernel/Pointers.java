package org.fathom4j.kernel;

import org.bytedeco.javacpp.Pointer;

/** Copies between addresses. */
final class Pointers extends Pointer {

  private static final ThreadLocal<Pointers[]> PAIR =
      ThreadLocal.withInitial(() -> new Pointers[] {new Pointers(), new Pointers()});

  static void copy(long from, long to, long bytes) {
    Pointers[] pair = PAIR.get();
    pair[0].address = from;
    pair[1].address = to;
    memcpy(pair[1], pair[0], bytes);
  }
}
