package org.fathom4j.data;

import java.net.URI;
import java.util.OptionalLong;

/** Who watches a download; the methods are called by the thread that downloads. */
public interface FetchProgress {

  /** Nobody watches. */
  FetchProgress NONE = new FetchProgress() {};

  /** A file is about to come from a URL; its compressed size if the mirror tells. */
  default void begin(String file, URI source, OptionalLong bytes) {}

  /** So many bytes of it have come so far. */
  default void received(long bytes) {}

  /** No more bytes of it will come, for better or worse. */
  default void end() {}

  /** A mirror failed; the next one is tried, if there is any. */
  default void mirrorFailed(String file, URI mirror, String reason) {}
}
