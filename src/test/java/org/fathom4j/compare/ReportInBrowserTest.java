package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.browser.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a real comparison, 2 initializations × 2 depths × 2 seeds, one of which diverges. */
class ReportInBrowserTest {

  /** The first colours of Okabe & Ito's palette: mZAS at depth 3 and 6. */
  private static final List<Integer> CURVES = List.of(0x0072B2, 0xD55E00);

  private static final int PAPER = 0xFFFFFF;
  private static final int DARK = 0x181818;

  /** A line of 75 pixels, two wide. */
  private static final int ENOUGH = 150;

  @TempDir static Path directory;
  private static Browser browser;
  private static ComparisonResult result;

  @BeforeAll
  static void open() throws IOException {
    browser = Browser.start(directory.resolve("profile"));
    result = Comparisons.run(directory.resolve("runs"), Comparisons.grid());
    browser.open(result.directory().reportHtml().toUri());
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void asAtFirst() {
    browser.resize(1280, 900);
    browser.prefer("light");
  }

  @Test
  void nothing_leaves_the_machine_and_the_console_is_silent() {
    assertThat(browser.requests())
        .isNotEmpty()
        .allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    assertThat(browser.requests().stream().filter(url -> url.startsWith("file:"))).hasSize(1);
    assertThat(browser.errors()).isEmpty();
  }

  @Test
  void every_picture_is_shown() {
    assertThat((List<?>) browser.value("[...document.images].map(i => i.complete)"))
        .hasSize(4)
        .allMatch(Boolean.TRUE::equals);
    assertThat((List<?>) browser.value("[...document.images].map(i => i.naturalWidth)"))
        .hasSize(4)
        .allMatch(width -> (long) width > 100);
  }

  @Test
  void the_table_has_a_row_a_cell_with_its_outcome_and_cause() {
    List<String> cells = browser.texts("table.rows:first-of-type tbody tr td");
    int columns = 10;
    assertThat(browser.texts("table.rows").get(0)).startsWith("initialization");
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      rows.add(cells.subList(i * columns, (i + 1) * columns));
    }
    assertThat(rows)
        .extracting(row -> row.get(0) + " " + row.get(1) + " " + row.get(3))
        .containsExactly(
            "mzas 3 learns",
            "mzas 6 learns",
            Comparisons.OVERFLOWING + " 3 diverges",
            Comparisons.OVERFLOWING + " 6 diverges");
    assertThat(rows.get(0).get(6)).matches("0\\.\\d{3} ± 0\\.\\d{3}\\n\\[.*]");
    assertThat(rows.get(0).get(9)).isEmpty();
    assertThat(rows.get(3).get(6)).isEmpty();
    assertThat(rows.get(3).get(9))
        .isEqualTo("activations overflow float32 at layer 2 in iteration 1");
    assertThat(browser.texts("li"))
        .containsExactly(
            "mzas learns at depth 3, 6.",
            Comparisons.OVERFLOWING + " does not learn at depth 3, 6.");
  }

  @Test
  void the_causes_are_in_sight_without_scrolling() {
    assertThat(
            (List<?>)
                browser.value(
                    "[...document.querySelectorAll('.wide')].map(SPILL)"
                        .replace("SPILL", "e => e.scrollWidth - e.clientWidth")))
        .allMatch(spill -> (long) spill == 0);
  }

  @Test
  void a_reader_sees_the_curves() throws IOException {
    BufferedImage page = browser.screenshot("report");
    for (int colour : CURVES) {
      assertThat(Browser.pixels(page, colour)).isGreaterThan(ENOUGH);
    }
    assertThat(Browser.pixels(page, PAPER)).isGreaterThan(page.getWidth() * page.getHeight() / 2);
  }

  @Test
  void a_narrow_window_puts_the_columns_under_each_other() throws IOException {
    browser.resize(400, 800);
    BufferedImage page = browser.screenshot("report-narrow");
    assertThat(page.getWidth()).isEqualTo(400);
    assertThat(browser.value("document.documentElement.scrollWidth")).isEqualTo(400L);
    assertThat((long) browser.value("document.querySelector('table.rows').scrollWidth"))
        .isLessThanOrEqualTo(400);
    assertThat(Browser.pixels(page, CURVES.get(0))).isGreaterThan(ENOUGH);
  }

  @Test
  void a_reader_who_prefers_dark_colours_gets_them_and_the_curves() throws IOException {
    browser.prefer("dark");
    BufferedImage page = browser.screenshot("report-dark");
    assertThat(Browser.pixels(page, DARK)).isGreaterThan(page.getWidth() * page.getHeight() / 3);
    for (int colour : CURVES) {
      assertThat(Browser.pixels(page, colour)).isGreaterThan(ENOUGH);
    }
  }
}
