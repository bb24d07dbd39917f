package org.fathom4j.ui.depth;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fathom4j.record.RunDirectory;

/** What has been read of the runs that were asked for last. */
final class Histories {

  /** Twice what one page shows together. */
  private static final int MOST = 16;

  /** The logs of one run; whoever uses them holds its monitor. */
  static final class History {
    final CurveHistory curves;
    final DepthHistory depth;

    private History(RunDirectory run) {
      SampledStats samples = new SampledStats(run.statsDb());
      curves = new CurveHistory(run, samples);
      depth = new DepthHistory(run, samples);
    }
  }

  private final Map<Path, History> histories =
      new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, History> eldest) {
          return size() > MOST;
        }
      };

  synchronized History of(RunDirectory run) {
    return histories.computeIfAbsent(run.path(), path -> new History(run));
  }
}
