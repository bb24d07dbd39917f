package org.fathom4j.ui.depth;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.record.StatsLog;

/** The samples of a run's {@code stats.db}, each told once; a link is no such file. */
final class SampledStats {

  /** Takes the samples. */
  interface Listener {

    /** What was told is no longer in the file. */
    void samplesRestart();

    /** The next sample of an iteration. */
    void sample(int iteration, ObjectNode sample);
  }

  private final StatsLog.Tail tail;
  private final List<Listener> listeners = new ArrayList<>();
  private boolean told;
  private long news;

  /** Samples that have not been read yet; the file need not be there. */
  SampledStats(Path file) {
    tail = new StatsLog.Tail(file);
  }

  /** Someone more to tell, before the first reading. */
  void tell(Listener listener) {
    listeners.add(listener);
  }

  /** Reads what has been added, a bounded part of the file. */
  void update() throws IOException {
    StatsLog.News read = tail.next();
    if (read.anew()) {
      restart();
    }
    for (ObjectNode line : read.lines()) {
      int iteration = line.path("iteration").asInt(-1);
      if (StatsLog.isSample(line) && iteration >= 0) {
        listeners.forEach(listener -> listener.sample(iteration, line));
        told = true;
        news++;
      }
    }
  }

  private void restart() {
    if (told) {
      listeners.forEach(Listener::samplesRestart);
      told = false;
      news++;
    }
  }

  /** Differs whenever what was told differs. */
  long news() {
    return news;
  }
}
