package org.fathom4j.record;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@code trials.csv}, the memory of a search for learning rates: one {@link TrialRow} a row,
 * durable as soon as it is appended.
 *
 * <p>Commas in the options of an initializer are written as semicolons. Times are left out, so that
 * equal searches leave equal bytes. Not for concurrent use.
 */
public final class TrialLog implements AutoCloseable {

  /** First line of the file: a promise to whoever reads it. */
  public static final String HEADER = "init,depth,seed,learning_rate,iterations,status,loss";

  private static final String HEADER_WITHOUT_SEEDS =
      "init,depth,learning_rate,iterations,status,loss";

  private final CsvLog log;
  private final List<TrialRow> rows;

  private TrialLog(CsvLog log, List<TrialRow> rows) {
    this.log = log;
    this.rows = new ArrayList<>(rows);
  }

  /**
   * Starts a file, or goes on after the whole rows of one that is there; part of a last row, left
   * by a killed process, is cut off.
   *
   * @throws IOException when the file cannot be written, or naming the line that is no row
   */
  public static TrialLog open(Path file) throws IOException {
    long whole = wholeRows(file);
    if (whole == 0) { // none, or killed while it wrote the header
      Files.deleteIfExists(file);
      TrialLog log = new TrialLog(CsvLog.create(file, HEADER), List.of());
      log.log.sync();
      return log;
    }
    List<TrialRow> rows = read(file);
    return new TrialLog(CsvLog.reopen(file, HEADER, whole), rows);
  }

  private static long wholeRows(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    byte[] bytes = Files.readAllBytes(file);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  /**
   * Reads all whole rows; part of a last row, left by a killed process, is dropped.
   *
   * @throws IOException naming file and line of whatever is no row
   */
  public static List<TrialRow> read(Path file) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      if (HEADER_WITHOUT_SEEDS.equals(reader.readLine())) {
        throw new DamagedRecordException(
            file
                + " is of an earlier version, which did not write seeds. Start a new search, or move"
                + " the file away to go on without its trials.");
      }
    }
    return CsvLog.read(
        file,
        HEADER,
        fields ->
            new TrialRow(
                fields[0].replace(';', ','),
                Integer.parseInt(fields[1]),
                Long.parseLong(fields[2]),
                Double.parseDouble(fields[3]),
                Integer.parseInt(fields[4]),
                fields[5],
                Double.parseDouble(fields[6])));
  }

  /** All rows, those of the file that was gone on with first. */
  public List<TrialRow> rows() {
    return List.copyOf(rows);
  }

  /** The rows of one initialization at one depth. */
  public List<TrialRow> rows(String initialization, int depth) {
    return rows.stream()
        .filter(row -> row.initialization().equals(initialization) && row.depth() == depth)
        .toList();
  }

  /** Adds a row and makes it durable. */
  public void append(TrialRow row) throws IOException {
    log.append(
        row.initialization().replace(',', ';')
            + ","
            + row.depth()
            + ","
            + row.seed()
            + ","
            + CsvLog.decimal(row.learningRate())
            + ","
            + row.iterations()
            + ","
            + row.status()
            + ","
            + CsvLog.decimal(row.loss()));
    log.sync();
    rows.add(row);
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
