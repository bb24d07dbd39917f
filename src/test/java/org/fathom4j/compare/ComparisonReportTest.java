package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {

  /** A command line that would do harm if it were not escaped. */
  private static final List<String> HARMFUL =
      List.of("--name", "<script>alert('x')</script> & \"co\"", "--data", "fake");

  @TempDir static Path runs;
  private static String html;
  private static String markdown;

  @BeforeAll
  static void compare() throws IOException {
    ComparisonResult result =
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
}
