package org.fathom4j.compare;

/** What a search for learning rates tells whoever watches; calls come from its own thread. */
public interface TuningProgress {

  /** Nobody watches. */
  TuningProgress SILENT = new TuningProgress() {};

  /** A cell is about to be searched. */
  default void started(String initialization, int depth, int iterations) {}

  /** A trial was made; {@code STOPPED} is not known yet. */
  default void ended(String initialization, int depth, Trial trial) {}

  /** Something that explains the search, in a sentence. */
  default void said(String initialization, int depth, String sentence) {}

  /** A cell is done. */
  default void found(TunedRate rate) {}
}
