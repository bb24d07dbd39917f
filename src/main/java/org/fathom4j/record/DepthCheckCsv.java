package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code depth_check.csv}: norms against depth, one {@link DepthCheckRow} a line. */
public final class DepthCheckCsv {

  /** First line of the file: a promise to whoever reads it. */
  public static final String HEADER = "initialization,metric,iteration,depth,value";

  private DepthCheckCsv() {}

  /** Writes or replaces the file, atomically. */
  public static void write(Path file, List<DepthCheckRow> rows) throws IOException {
    QuotedCsv.write(
        file,
        HEADER,
        rows.stream()
            .map(
                row ->
                    List.of(
                        row.initialization(),
                        row.metric(),
                        Integer.toString(row.iteration()),
                        Integer.toString(row.depth()),
                        CsvLog.decimal(row.value())))
            .toList());
  }

  /**
   * Reads the file back.
   *
   * @throws DamagedRecordException naming file and line of whatever is no row
   * @throws IOException when there is none
   */
  public static List<DepthCheckRow> read(Path file) throws IOException {
    return QuotedCsv.read(
        file,
        HEADER,
        fields ->
            new DepthCheckRow(
                fields[0],
                fields[1],
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3]),
                Double.parseDouble(fields[4])));
  }
}
