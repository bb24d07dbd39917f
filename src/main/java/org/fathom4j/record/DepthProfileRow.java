package org.fathom4j.record;

/**
 * One row of {@code depth_profile.csv}.
 *
 * @param iteration updates made when it was measured
 * @param layer block l, 1…L; 0 is the embedding's output z_0
 * @param metric such as {@code activation_norm} (of z_l), {@code gradient_norm} (of ∂z_l), {@code
 *     update_norm_U}, {@code update_norm_V} or {@code update_norm_A}
 * @param value the norm; may be non-finite
 */
public record DepthProfileRow(int iteration, int layer, String metric, double value) {

  public DepthProfileRow {
    if (iteration < 0 || layer < 0) {
      throw new IllegalArgumentException(
          "iteration and layer must not be negative: " + iteration + ", " + layer);
    }
    CsvLog.word("metric", metric);
  }
}
