package org.fathom4j.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.fathom4j.train.Score;
import org.fathom4j.train.TrainingProgress;

/**
 * Progress of a run on stderr: a bar with the time left on a terminal, a line an evaluation
 * elsewhere.
 */
final class ProgressDisplay implements TrainingProgress {

  private final PrintWriter err;
  private final String work;
  private final boolean terminal = Terminal.isErr();
  private ProgressBar bar;
  private String accuracy = "";

  ProgressDisplay(PrintWriter err) {
    this(err, "training");
  }

  /**
   * Progress of something like a run.
   *
   * @param work what is done, such as {@code training}
   */
  ProgressDisplay(PrintWriter err, String work) {
    this.err = err;
    this.work = work;
  }

  @Override
  public void started(String run, int done, int total) {
    if (!terminal) {
      String begun = work.substring(0, 1).toUpperCase(Locale.ROOT) + work.substring(1);
      err.printf(Locale.ROOT, "%s %s, iterations %d to %d%n", begun, run, done, total);
      err.flush();
      return;
    }
    bar =
        Bars.on(err).setTaskName(work).setInitialMax(total).startsFrom(done, Duration.ZERO).build();
  }

  @Override
  public void iterated(int iteration, double loss) {
    if (bar != null) {
      bar.stepTo(iteration);
      bar.setExtraMessage(String.format(Locale.ROOT, " loss %.4g%s", loss, accuracy));
    }
  }

  @Override
  public void evaluated(int iteration, Score train, Score test) {
    // short, so that the bar keeps some length on a terminal of 80 columns
    accuracy = String.format(Locale.ROOT, ", test %.3f", test.accuracy());
    if (bar == null) {
      err.printf(
          Locale.ROOT,
          "iteration %d: loss %.4g, accuracy %.3f train %.3f test%n",
          iteration,
          train.loss(),
          train.accuracy(),
          test.accuracy());
      err.flush();
    }
  }

  @Override
  public void stopped() {
    if (bar != null) {
      bar.close();
      bar = null;
      err.println();
      err.flush();
    }
  }
}
