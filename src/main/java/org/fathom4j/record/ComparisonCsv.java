package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code comparison.csv}: every number of a comparison, one {@link ComparisonRow} a line, in the
 * order of the grid. Holds no times, so that equal comparisons have equal bytes.
 *
 * <p>Metrics: {@code iterations} (updates made), {@code start_loss} (of the first minibatch), and
 * for runs that were done {@code train_loss}, {@code train_accuracy}, {@code test_loss} and {@code
 * test_accuracy} of the whole splits at the end.
 */
public final class ComparisonCsv {

  /** First line of the file: a promise to whoever reads it. */
  public static final String HEADER =
      "initialization,depth,learning_rate,seed,status,outcome,run,metric,value";

  private ComparisonCsv() {}

  /** Writes or replaces the file, atomically. */
  public static void write(Path file, List<ComparisonRow> rows) throws IOException {
    QuotedCsv.write(
        file,
        HEADER,
        rows.stream()
            .map(
                row ->
                    List.of(
                        row.initialization(),
                        Integer.toString(row.depth()),
                        CsvLog.decimal(row.learningRate()),
                        Long.toString(row.seed()),
                        row.status(),
                        row.outcome(),
                        row.run(),
                        row.metric(),
                        CsvLog.decimal(row.value())))
            .toList());
  }

  /**
   * Reads the file back.
   *
   * @throws DamagedRecordException naming file and line of whatever is no row
   * @throws IOException when there is none
   */
  public static List<ComparisonRow> read(Path file) throws IOException {
    return QuotedCsv.read(
        file,
        HEADER,
        fields ->
            new ComparisonRow(
                fields[0],
                Integer.parseInt(fields[1]),
                Double.parseDouble(fields[2]),
                Long.parseLong(fields[3]),
                fields[4],
                fields[5],
                fields[6],
                fields[7],
                Double.parseDouble(fields[8])));
  }
}
