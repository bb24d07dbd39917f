package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.fathom4j.browser.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, on runs of depth 10,000 whose numbers are made up. */
class DepthPageInBrowserTest {

  private static final String COMPARISON = "20261123-122420-compare-initializers";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The light end of our colour scale, where the activations are largest. */
  private static final int LIGHT = 0xFDE725;

  @TempDir static Path profile;
  private static Browser browser;

  @TempDir Path runs;
  private DepthServer server;
  private SyntheticRun live;
  private int requestsBefore;
  private int errorsBefore;

  @BeforeAll
  static void open() throws IOException {
    browser = Browser.start(profile);
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void start() throws IOException {
    Instant now = Instant.now();
    live = SyntheticRun.begin(runs.resolve("live"), "mzas", 10_000, now);
    live.train(1, 300).evaluate(100).evaluate(200).evaluate(300);
    live.profile(1).profile(100).profile(200).profile(300);
    SyntheticRun.begin(runs.resolve("other"), "hardt-ma", 10_000, now.minusSeconds(60))
        .train(1, 600)
        .evaluate(200)
        .evaluate(600)
        .profile(200)
        .profile(600)
        .end(600);
    SyntheticRun.begin(runs.resolve("lost"), "xavier", 2000, now.minusSeconds(120))
        .train(1, 3)
        .profile(1)
        .diverge(4, 720);
    for (String file : List.of("comparison.csv", "comparison.json", "report.html")) {
      Files.createDirectories(runs.resolve(COMPARISON));
      Files.copy(Path.of("runs", COMPARISON, file), runs.resolve(COMPARISON).resolve(file));
    }
    server = DepthServer.of(runs);
    browser.resize(1600, 1000);
    requestsBefore = browser.requests().size();
    errorsBefore = browser.errors().size();
  }

  /** What this test's pages have asked for. */
  private List<String> requests() {
    List<String> all = browser.requests();
    return all.subList(requestsBefore, all.size());
  }

  private List<String> errors() {
    List<String> all = browser.errors();
    return all.subList(errorsBefore, all.size());
  }

  private boolean isOurs(String url) {
    return url.startsWith(server.address("/").toString());
  }

  @AfterEach
  void stop() {
    browser.open(URI.create("about:blank"));
    server.close();
  }

  private static void await(String condition) {
    Instant end = Instant.now().plus(PATIENCE);
    while (!Boolean.TRUE.equals(browser.value(condition))) {
      if (Instant.now().isAfter(end)) {
        fail("In vain waited for: " + condition + "; the page says " + browser.texts("main"));
      }
      pause(50);
    }
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String text(String selector) {
    return browser.texts(selector).get(0);
  }

  private static void click(String selector) {
    browser.value("document.querySelector('" + selector + "').click()");
  }

  private static Object picture() {
    return browser.value("document.getElementById('heatmap').toDataURL()");
  }

  @Test
  void a_run_is_followed_while_it_trains_compared_and_left_in_peace_when_it_has_ended()
      throws IOException {
    browser.open(server.address("/depth"));
    await("document.querySelectorAll('#profile-chart canvas').length === 1");
    Object paint =
        browser.value("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    Files.writeString(
        Files.createDirectories(Path.of("target", "screenshots")).resolve("depth-first-paint.txt"),
        "First contentful paint of the Depth page: " + paint + " ms\n");
    assertThat(text("#run-title")).isEqualTo("live");
    assertThat(text("#run-status")).isEqualTo("running");
    assertThat(text("#facts")).contains("10,000 linear blocks").contains("300 of 100,000");
    assertThat(text("#at-value")).isEqualTo("300");
    assertThat(browser.value("document.getElementById('to-model').getAttribute('href')"))
        .isEqualTo("/train/live/model");
    assertThat(Browser.pixels(browser.screenshot("depth"), LIGHT)).isGreaterThan(100);

    Object before = picture();
    live.train(301, 400).profile(400).evaluate(400);
    await("document.getElementById('at-value').textContent === '400'");
    assertThat(picture()).isNotEqualTo(before);
    assertThat(text("#facts")).contains("400 of 100,000");

    // The first iteration is chosen and stays chosen while the run goes on.
    browser.value(
        "(() => { const at = document.getElementById('at'); at.value = 0;"
            + " at.dispatchEvent(new Event('input')); })()");
    assertThat(text("#at-value")).isEqualTo("1");
    live.train(401, 500).profile(500);
    await("document.getElementById('facts').textContent.includes('500 of')");
    assertThat(text("#at-value")).isEqualTo("1");
    assertThat((String) browser.value("location.hash")).contains("at=1");

    browser.point("#heatmap", 0.5, 0.5);
    assertThat(text("#heat-value")).matches("layer [0-9,]+, iteration [0-9,]+: [0-9.e-]+");
    browser.point("#loss-chart .u-over", 0.6, 0.5);
    assertThat(text("#loss-chart + .readout")).startsWith("iteration").contains("training 0.0");

    click("#runs li[data-key=other] input");
    await("document.querySelectorAll('#chosen li').length === 2");
    assertThat(text("#chosen")).contains("mzas").contains("hardt-ma");
    await("document.querySelectorAll('#accuracy-chart canvas').length === 1");
    click("#abscissa [data-value=seconds]");
    await("location.hash.includes('x=seconds') && location.hash.includes('with=other')");
    browser.screenshot("depth-compared");

    live.end(500);
    await("document.getElementById('run-status').textContent === 'done'");
    pause(500); // the last answers come in
    int asked = requests().size();
    pause(3000);
    assertThat(requests().size()).isEqualTo(asked);

    assertThat(errors()).isEmpty();
    assertThat(requests()).allMatch(this::isOurs);
  }

  @Test
  void what_was_chosen_is_in_the_address_and_shown_again() {
    browser.open(
        server.address(
            "/depth#run=other&with=live&metric=gradient_norm&at=200&x=seconds&hide=test"));
    await("document.querySelectorAll('#gradient_norm-chart canvas').length === 1");
    assertThat(text("#metrics [aria-checked=true]")).startsWith("gradients");
    assertThat(text("#abscissa [aria-checked=true]")).isEqualTo("by time");
    assertThat(text("#at-value")).isEqualTo("200");
    assertThat(browser.value("document.querySelector('[data-split=test]').checked"))
        .isEqualTo(false);
    assertThat(text("#profile-legend")).contains("theory");
  }

  @Test
  void a_diverged_run_says_where_and_why_and_its_layer_is_marked() throws IOException {
    browser.open(server.address("/depth#run=lost"));
    await("document.querySelectorAll('#profile-chart canvas').length === 1");
    assertThat(text("#divergence"))
        .isEqualTo(
            "Diverged at iteration 4: overflow at layer 720, in the forward pass. Iteration 4:"
                + " activations overflowed first at layer 720.");
    BufferedImage page = browser.screenshot("depth-diverged");
    assertThat(Browser.pixels(page, 0xC00000)).isGreaterThan(300);
  }

  @Test
  void a_comparison_shows_its_table_and_opens_its_report_though_its_runs_are_gone()
      throws IOException {
    browser.open(server.address("/depth#comparison=" + COMPARISON));
    await("document.querySelectorAll('.outcomes tbody tr').length === 12");
    assertThat(text(".outcomes tbody tr td")).contains("0.86").contains("learns").contains("2.37");
    assertThat(text(".outcomes tbody tr:last-child td:last-child")).contains("none learnt (1e-36)");
    assertThat(text("body")).contains("none learnt: no learning rate").doesNotContain("(edge):");
    browser.screenshot("depth-comparison");
    browser.open(URI.create((String) browser.value("document.querySelector('a.report').href")));
    assertThat(text("h1")).isEqualTo(COMPARISON);
    assertThat(errors()).isEmpty();
    assertThat(requests().stream().filter(url -> !url.startsWith("data:image/png")))
        .allMatch(this::isOurs);
  }

  @Test
  void the_page_is_usable_on_a_narrow_screen_and_by_keyboard() throws IOException {
    browser.resize(400, 800);
    browser.open(server.address("/depth#run=other"));
    await("document.querySelectorAll('#profile-chart canvas').length === 1");
    assertThat((Long) browser.value("document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(400);
    browser.value("document.getElementById('heatmap').focus()");
    browser.value(
        "document.getElementById('heatmap').dispatchEvent("
            + "new KeyboardEvent('keydown', {key: 'ArrowDown', cancelable: true}))");
    assertThat(text("#heat-value")).startsWith("layer");
    browser.screenshot("depth-narrow");
  }

  @Test
  void a_run_whose_name_is_markup_is_only_text() throws IOException {
    SyntheticRun.begin(
        runs.resolve("<img src=x onerror=document.title=1>"), "mzas", 100, Instant.now());
    browser.open(server.address("/depth"));
    await("document.querySelectorAll('#runs li').length === 4");
    assertThat(browser.texts("#runs .name")).contains("<img src=x onerror=document.title=1>");
    assertThat(browser.value("document.querySelectorAll('#runs img').length")).isEqualTo(0L);
  }

  @Test
  void no_more_than_eight_runs_are_drawn_together() throws IOException {
    for (int i = 0; i < 8; i++) {
      SyntheticRun.begin(runs.resolve("many-" + i), "he", 100, Instant.now()).train(1, 5).end(5);
    }
    browser.open(server.address("/depth#run=live"));
    for (int i = 0; i < 7; i++) {
      await("document.querySelectorAll('#runs li').length === 11");
      click("#runs li[data-key=many-" + i + "] input");
    }
    await("document.querySelectorAll('#chosen li').length === 8");
    click("#runs li[data-key=many-7] input");
    await("document.getElementById('trouble').textContent.includes('take 8 runs')");
    assertThat(browser.value("document.querySelector('#runs li[data-key=many-7] input').checked"))
        .isEqualTo(false);
    click("#chosen li:nth-child(2) button");
    await("document.querySelectorAll('#chosen li').length === 7");
  }

  @Test
  void a_server_that_is_gone_is_told_and_what_was_drawn_stays() {
    browser.open(server.address("/depth#run=live"));
    await("document.querySelectorAll('#profile-chart canvas').length === 1");
    server.close();
    await("document.getElementById('trouble').textContent.includes('does not answer')");
    assertThat(text("#run-title")).isEqualTo("live");
  }

  @Test
  void a_run_that_is_removed_while_it_is_watched_is_said_to_be_gone() throws IOException {
    browser.open(server.address("/depth#run=live"));
    await("document.querySelectorAll('#profile-chart canvas').length === 1");
    FileUtils.deleteDirectory(runs.resolve("live").toFile());
    await("document.getElementById('trouble').textContent.includes('removed')");
    assertThat(browser.value("document.querySelectorAll('#profile-chart canvas').length"))
        .isEqualTo(1L);
  }
}
