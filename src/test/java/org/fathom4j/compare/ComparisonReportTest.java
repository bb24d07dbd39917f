package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {

  /** A command line that would do harm if it were not escaped. */
  private static final List<String> HARMFUL =
      List.of("--name", "<script>alert('x')</script> & \"co\"", "--data", "fake");

  private static final String UNTUNED = "Every cell used the same learning rate";

  @TempDir static Path runs;
  private static ComparisonResult result;
  private static String html;
  private static String markdown;

  @BeforeAll
  static void compare() throws IOException {
    result =
        new Comparison(Comparisons.HOME, HARMFUL, ComparisonProgress.SILENT, () -> false)
            .run(runs, Comparisons.grid(), RateSource.fixed(0.5));
    html = Files.readString(result.directory().reportHtml());
    markdown = Files.readString(result.directory().markdown());
  }

  @Test
  void nothing_in_it_is_fetched_from_elsewhere() {
    Matcher references =
        Pattern.compile("(?:src|href|srcset|action|data|poster)\\s*=\\s*[\"']([^\"']*)")
            .matcher(html);
    int pictures = 0;
    while (references.find()) {
      assertThat(references.group(1)).matches("(?s)data:.*|#.*");
      pictures++;
    }
    assertThat(pictures).isEqualTo(4);
    String withoutPictures = html.replaceAll("data:image/png;base64,[A-Za-z0-9+/=]+", "");
    assertThat(withoutPictures)
        .doesNotContain("://", "url(", "@import", "<script", "<link", "<iframe", "<object");
    assertThat(html).contains("Content-Security-Policy").contains("default-src 'none'");
  }

  @Test
  void what_users_typed_is_escaped() {
    assertThat(html)
        .doesNotContain("<script>")
        .contains("&lt;script&gt;alert(")
        .contains("&amp; &quot;co&quot;");
  }

  @Test
  void it_holds_the_table_the_causes_the_settings_and_the_command() {
    assertThat(html)
        .contains(">mzas</td>")
        .contains("<td class=\"learns\" data-header=\"outcome\">learns</td>")
        .contains("<td class=\"diverges\" data-header=\"outcome\">diverges</td>")
        .contains("activations overflow float32 at layer 2 in iteration 1")
        .contains("<th>optimization batchSize</th><td>50</td>")
        .contains("fathom compare --name")
        .contains("All 8 runs have ended.");
  }

  @Test
  void its_elements_are_closed() {
    for (String element :
        List.of(
            "html", "head", "body", "table", "tr", "td", "th", "p", "li", "thead", "tbody",
            "figure")) {
      assertThat(html.split("<" + element + "[ >]", -1))
          .hasSameSizeAs(html.split("</" + element + ">", -1));
    }
  }

  @Test
  void the_table_in_markdown_has_as_many_columns_in_every_row() {
    List<String> rows = markdown.lines().filter(line -> line.startsWith("|")).toList();
    assertThat(rows).hasSize(2 + 4);
    assertThat(rows)
        .allMatch(
            row -> row.split("(?<!\\\\)\\|", -1).length == rows.get(0).split("\\|", -1).length);
    assertThat(rows.get(2)).startsWith("| mzas | 3 | 0.500 | learns | 2 | 0 | ");
  }

  @Test
  void one_learning_rate_for_all_cells_is_said_to_be_that() {
    assertThat(html)
        .contains("<p>" + UNTUNED + ", 0.5, so this is a fair comparison for that rate");
    assertThat(markdown).contains(UNTUNED + ", 0.5").contains("--learning-rate tuned looks for");
    assertThat(html).doesNotContain("(edge)", "none learnt");
    assertThat(markdown).doesNotContain("(edge)", "none learnt");
  }

  @Test
  void rates_that_no_search_settled_on_are_marked_and_the_marks_are_explained(
      @TempDir Path elsewhere) throws IOException {
    LearningRates rates =
        new LearningRates(
            List.of(
                new TunedRate("mzas", 3, OptionalDouble.of(0.25), false, List.of()),
                new TunedRate(
                    "mzas",
                    6,
                    OptionalDouble.empty(),
                    false,
                    List.of(new Trial(0.125, 9, Trial.Status.DIVERGED, 1)))));
    ComparisonSpec cells = Comparisons.spec(List.of("mzas"), List.of(3, 6), List.of(1L), 3);
    ComparisonResult marked =
        Comparisons.silent().run(elsewhere, cells, RateSource.of(rates, "rates.json"));
    String page = Files.readString(marked.directory().reportHtml());
    assertThat(page)
        .contains("<td class=\"rate\" data-header=\"&eta;\">0.250<br>(edge)</td>")
        .contains("<td class=\"rate\" data-header=\"&eta;\">none learnt<br>(0.125)</td>")
        .contains("<p>(edge): the best learning rate that was tried")
        .contains("<p>none learnt: no learning rate that was tried learnt")
        .doesNotContain(UNTUNED);
    String table = Files.readString(marked.directory().markdown());
    assertThat(table)
        .contains("| mzas | 3 | 0.250 (edge) |")
        .contains("| mzas | 6 | none learnt (0.125) |")
        .contains("\n(edge): the best")
        .contains("\nnone learnt: no learning rate")
        .doesNotContain(UNTUNED);
  }

  /** Of 1 and 3 the interval is 2 ± 12.706, Student's t for one degree of freedom. */
  @Test
  void intervals_end_where_accuracies_and_losses_do(@TempDir Path elsewhere) throws IOException {
    ComparisonDirectory directory = ComparisonDirectory.create(elsewhere, "");
    Cell wide =
        new Cell("mzas", 3, 0.5, "0.5", List.of(learnt(1, 0.9, 0.5, 1), learnt(7, 0.5, 0.5, 3)));
    ComparisonReport.write(
        new ComparisonResult(directory, result.record(), List.of(wide), Map.of(), Map.of()),
        List.of());
    assertThat(Files.readString(directory.markdown()))
        .contains("| 0.700 ± 0.283 [0.000, 1.000] | 0.500 ± 0.000 [0.500, 0.500] |")
        .contains("| 2.00 ± 1.41 [0.00, 14.7] |")
        .contains("Intervals end where such values do: accuracies at 0 and 1, losses at 0.");
  }

  private static SeedRun learnt(long seed, double accuracy, double testAccuracy, double loss) {
    return new SeedRun(
        seed,
        "run-" + seed,
        RunStatus.DONE,
        new Verdict(Outcome.LEARNS, Optional.empty()),
        10,
        OptionalDouble.of(4),
        Map.of("trainAccuracy", accuracy, "testAccuracy", testAccuracy, "trainLoss", loss),
        OptionalDouble.of(0.5),
        3,
        "reference, 1 threads");
  }

  @Test
  void a_search_for_learning_rates_is_shown_with_what_it_means(@TempDir Path elsewhere)
      throws IOException {
    ComparisonSpec cell = Comparisons.spec(List.of("mzas"), List.of(3), List.of(1L), 16);
    RateSource tuned = Comparisons.tuned(6);
    ComparisonResult found = Comparisons.silent().run(elsewhere, cell, tuned);
    assertThat(Files.readString(found.directory().reportHtml()))
        .contains("<img alt=\"learning rates\"")
        .contains("How the learning rate of each cell was found")
        .doesNotContain(UNTUNED);
    assertThat(found.directory().plots().resolve("learning_rates.png")).isNotEmptyFile();
  }
}
