package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes {@code metrics.csv}, one measured number a row.
 *
 * <p>Numbers are the shortest decimals that read back as the same double. Rows are buffered; {@link
 * #sync()} before a checkpoint makes them durable, and the length it returns is where {@link
 * #reopen} goes on. Not for concurrent use.
 */
public final class MetricLog implements AutoCloseable {

  /** First line of the file: a promise to whoever reads it. */
  public static final String HEADER = "iteration,epoch,split,metric,value";

  private final CsvLog log;

  private MetricLog(CsvLog log) {
    this.log = log;
  }

  /**
   * Starts a new file.
   *
   * @throws IOException when it exists or cannot be written
   */
  public static MetricLog create(Path file) throws IOException {
    return new MetricLog(CsvLog.create(file, HEADER));
  }

  /**
   * Goes on where a checkpoint was written: cuts off all rows after it.
   *
   * @param length what {@link #sync()} returned before that checkpoint
   * @throws IOException when the file is shorter or those bytes are not whole rows
   */
  public static MetricLog reopen(Path file, long length) throws IOException {
    return new MetricLog(CsvLog.reopen(file, HEADER, length));
  }

  /**
   * Reads all whole rows; part of a last row, left by a killed process, is dropped.
   *
   * @throws IOException naming file and line of whatever is no row
   */
  public static List<MetricRow> read(Path file) throws IOException {
    return CsvLog.read(
        file,
        HEADER,
        fields ->
            new MetricRow(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                fields[2],
                fields[3],
                Double.parseDouble(fields[4])));
  }

  /** Adds a row; see {@link MetricRow} for what the fields mean. */
  public void append(int iteration, int epoch, String split, String metric, double value)
      throws IOException {
    append(new MetricRow(iteration, epoch, split, metric, value));
  }

  /** Adds a row. */
  public void append(MetricRow row) throws IOException {
    log.append(
        row.iteration()
            + ","
            + row.epoch()
            + ","
            + row.split()
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
