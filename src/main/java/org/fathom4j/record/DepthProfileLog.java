package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes {@code depth_profile.csv}: norms along depth, one a row.
 *
 * <p>Like {@link MetricLog} in all else.
 */
public final class DepthProfileLog implements AutoCloseable {

  /** First line of the file: a promise to whoever reads it. */
  public static final String HEADER = "iteration,layer,metric,value";

  private final CsvLog log;

  private DepthProfileLog(CsvLog log) {
    this.log = log;
  }

  /**
   * Starts a new file.
   *
   * @throws IOException when it exists or cannot be written
   */
  public static DepthProfileLog create(Path file) throws IOException {
    return new DepthProfileLog(CsvLog.create(file, HEADER));
  }

  /**
   * Goes on where a checkpoint was written: cuts off all rows after it.
   *
   * @param length what {@link #sync()} returned before that checkpoint
   * @throws IOException when the file is shorter or those bytes are not whole rows
   */
  public static DepthProfileLog reopen(Path file, long length) throws IOException {
    return new DepthProfileLog(CsvLog.reopen(file, HEADER, length));
  }

  /**
   * Reads all whole rows; part of a last row, left by a killed process, is dropped.
   *
   * @throws IOException naming file and line of whatever is no row
   */
  public static List<DepthProfileRow> read(Path file) throws IOException {
    return CsvLog.read(
        file,
        HEADER,
        fields ->
            new DepthProfileRow(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                fields[2],
                Double.parseDouble(fields[3])));
  }

  /** Adds a row; see {@link DepthProfileRow} for what the fields mean. */
  public void append(int iteration, int layer, String metric, double value) throws IOException {
    append(new DepthProfileRow(iteration, layer, metric, value));
  }

  /** Adds a row. */
  public void append(DepthProfileRow row) throws IOException {
    log.append(
        row.iteration()
            + ","
            + row.layer()
            + ","
            + row.metric()
            + ","
            + CsvLog.decimal(row.value()));
  }

  /** Makes all rows durable and tells the file's length in bytes. */
  public long sync() throws IOException {
    return log.sync();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
