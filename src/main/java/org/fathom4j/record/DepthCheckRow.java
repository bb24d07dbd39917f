package org.fathom4j.record;

import java.util.Objects;

/**
 * One row of {@code depth_check.csv}: a norm of networks of one depth at one iteration.
 *
 * @param initialization text as the catalogue of initializers reads it
 * @param metric such as {@code activation_norm}, as in {@link DepthProfileRow}
 * @param iteration the update, counted from 1
 * @param depth L
 * @param value the mean over seeds; not finite if the networks diverged before
 */
public record DepthCheckRow(
    String initialization, String metric, int iteration, int depth, double value) {

  public DepthCheckRow {
    Objects.requireNonNull(initialization, "A depth check's row belongs to an initialization.");
    CsvLog.word("metric", metric);
  }
}
