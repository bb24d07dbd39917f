package org.fathom4j.ui.stats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.record.GrowingFile;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;

/**
 * Losses of a run's minibatches from {@code metrics.csv}, read on as it grows, in bounded memory:
 * whenever there are more than {@value #MOST}, every second one goes.
 */
final class LossHistory implements GrowingFile.Reader {

  /** Losses that are kept. */
  static final int MOST = 1024;

  /** Read at a look; what is left waits for the next. */
  private static final long BYTES_PER_LOOK = 32 << 20;

  /**
   * A loss.
   *
   * @param seconds at work up to there; 0 if the log does not tell
   */
  record Loss(int iteration, double value, double seconds) {}

  private final GrowingFile file;
  private final List<Loss> kept = new ArrayList<>();
  private long seen;
  private int stride = 1;

  LossHistory(RunDirectory run) {
    file = new GrowingFile(run.metricsCsv(), MetricLog.HEADER, this);
  }

  /**
   * Reads what was added.
   *
   * @return whether anything was
   */
  boolean update() throws IOException {
    String before = file.stamp();
    file.update(BYTES_PER_LOOK);
    return !file.stamp().equals(before);
  }

  /** What is kept, in the log's order. */
  List<Loss> losses() {
    return List.copyOf(kept);
  }

  @Override
  public void restart() {
    kept.clear();
    seen = 0;
    stride = 1;
  }

  @Override
  public void line(String line) {
    String[] fields = line.split(",", -1);
    if (fields.length != 5) {
      throw new IllegalArgumentException(fields.length + " fields, not 5");
    }
    if (!fields[2].equals("batch")) {
      return;
    }
    int iteration = Integer.parseInt(fields[0]);
    double value = Double.parseDouble(fields[4]);
    if (fields[3].equals("loss")) {
      add(new Loss(iteration, value, 0));
    } else if (fields[3].equals("seconds") && !kept.isEmpty()) {
      Loss newest = kept.get(kept.size() - 1);
      if (newest.iteration() == iteration) {
        kept.set(kept.size() - 1, new Loss(iteration, newest.value(), value));
      }
    }
  }

  private void add(Loss loss) {
    if (seen++ % stride != 0) {
      return;
    }
    if (kept.size() == MOST) {
      for (int i = 0; i < MOST / 2; i++) {
        kept.set(i, kept.get(2 * i));
      }
      kept.subList(MOST / 2, MOST).clear();
      stride *= 2;
    }
    kept.add(loss);
  }
}
