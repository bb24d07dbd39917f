package org.fathom4j.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * CSV files that are written whole and whose fields may hold commas, as the options of an
 * initializer do: such a field stands between quotes, quotes in it doubled.
 *
 * <p>A field never holds a line break, so that a line is a row.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>
 */
final class QuotedCsv {

  private QuotedCsv() {}

  static void write(Path file, String header, List<List<String>> rows) throws IOException {
    StringBuilder text = new StringBuilder(header).append('\n');
    for (List<String> row : rows) {
      text.append(row.stream().map(QuotedCsv::quoted).collect(Collectors.joining(",")))
          .append('\n');
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  /**
   * Reads all rows.
   *
   * @throws DamagedRecordException naming file and line of whatever is no row, or is only half
   *     there
   * @throws IOException when there is none
   */
  static <R> List<R> read(Path file, String header, CsvLog.RowParser<R> parser) throws IOException {
    requireWhole(file);
    return CsvLog.read(file, header, QuotedCsv::fields, parser);
  }

  /** Half a row is no row yet at the end of a log, but damage in a file that is written whole. */
  private static void requireWhole(Path file) throws IOException {
    String text = Files.exists(file) ? Files.readString(file) : "";
    if (!text.isEmpty() && !text.endsWith("\n")) {
      throw new DamagedRecordException(
          file
              + ", line "
              + text.lines().count()
              + ": the file was cut short here. It follows from the records of the runs: fathom"
              + " compare --resume writes it again.");
    }
  }

  private static String quoted(String field) {
    if (field.indexOf('\n') >= 0 || field.indexOf('\r') >= 0) {
      throw new IllegalArgumentException("A field of a CSV file cannot hold a line break.");
    }
    return field.indexOf(',') < 0 && field.indexOf('"') < 0
        ? field
        : '"' + field.replace("\"", "\"\"") + '"';
  }

  /**
   * The fields of a line.
   *
   * @throws IllegalArgumentException when a quote is not closed
   */
  static String[] fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean inQuotes = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (inQuotes && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append(c);
          i++;
        } else {
          inQuotes = !inQuotes;
        }
      } else if (c == ',' && !inQuotes) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (inQuotes) {
      throw new IllegalArgumentException("a quote is not closed");
    }
    fields.add(field.toString());
    return fields.toArray(new String[0]);
  }
}
