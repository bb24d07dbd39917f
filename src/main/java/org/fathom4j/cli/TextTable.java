package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as their longest cell, two spaces apart. */
final class TextTable {

  private final List<List<String>> rows = new ArrayList<>();

  /** A table with its first row. */
  TextTable(String... header) {
    rows.add(List.of(header));
  }

  /** Adds a row with as many cells as the first; an empty cell prints as a hyphen. */
  void row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          "A row of " + cells.length + " cells in a table of " + rows.get(0).size() + ".");
    }
    List<String> row = new ArrayList<>();
    for (String cell : cells) {
      row.add(cell.isEmpty() ? "-" : cell);
    }
    rows.add(row);
  }

  void print(PrintWriter out) {
    int last = rows.get(0).size() - 1;
    int[] widths = new int[last];
    for (List<String> row : rows) {
      for (int i = 0; i < last; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < last; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out.println(line.append(row.get(last)));
    }
  }
}
