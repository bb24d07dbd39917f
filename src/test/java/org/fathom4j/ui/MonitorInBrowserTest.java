package org.fathom4j.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fathom4j.browser.Browser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every page of the monitor in a real browser, while {@code fathom train --ui} trains. */
class MonitorInBrowserTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern ADDRESS = Pattern.compile("Monitor: (http://127\\.0\\.0\\.1:\\d+)/");

  @TempDir static Path temporary;
  private static Path said;
  private static Process training;
  private static Browser browser;
  private static String address;

  /** A network that trains for longer than any test looks at it. */
  @BeforeAll
  static void train() throws Exception {
    browser = Browser.start(Files.createDirectory(temporary.resolve("profile")));
    said = temporary.resolve("said");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-Djava.awt.headless=true",
            "-Dfathom.home=" + Path.of("").toAbsolutePath(),
            "-Dlogback.configurationFile=logback.xml", // the program's, not that of the tests
            "-cp",
            System.getProperty("java.class.path"),
            "org.fathom4j.cli.Main",
            "train",
            "--ui=0",
            "--quiet",
            "--runs-dir",
            temporary.resolve("runs").toString(),
            "--depth",
            "300",
            "--width",
            "16",
            "--hidden-width",
            "8",
            "--learning-rate",
            "0.02",
            "--evaluate-every",
            "200",
            "--iterations",
            "10000000");
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    training = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
    await("the monitor says where it is", () -> ADDRESS.matcher(said()).find());
    Matcher found = ADDRESS.matcher(said());
    assertThat(found.find()).isTrue();
    address = found.group(1);
    await("three samples are there", () -> samples() >= 3);
  }

  private static String said() {
    try {
      return Files.readString(said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long samples() {
    try (var files = Files.find(temporary.resolve("runs"), 2, (p, a) -> p.endsWith("stats.db"))) {
      Path file = files.findFirst().orElse(null);
      return file == null ? 0 : Files.readString(file).lines().count();
    } catch (IOException e) {
      return 0;
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (browser != null) {
      browser.close();
    }
    if (training != null) {
      training.destroy();
      if (!training.waitFor(30, TimeUnit.SECONDS)) {
        training.destroyForcibly().waitFor();
      }
    }
  }

  private static void await(String what, BooleanSupplier seen) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!seen.getAsBoolean()) {
      if (training != null && !training.isAlive()) {
        fail("The training has ended before " + what + ": " + said());
      }
      if (System.nanoTime() > end) {
        fail("Not within " + PATIENCE + ": " + what + ". " + said());
      }
      Thread.sleep(100);
    }
  }

  private static void open(String path) {
    browser.open(URI.create(address + path));
  }

  private static String text(String selector) {
    List<String> texts = browser.texts(selector);
    return texts.isEmpty() ? "" : texts.get(0);
  }

  private static double number(String selector) {
    String text = text(selector).replace(",", "");
    return text.matches("-?[0-9.]+(e-?[0-9]+)?") ? Double.parseDouble(text) : Double.NaN;
  }

  private static double drawn(String selector) {
    return ((Number)
            browser.value(
                "[...document.querySelectorAll('"
                    + selector
                    + "')].map(c => { const d = c.getContext('2d').getImageData(0, 0, c.width,"
                    + " c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n +="
                    + " d[i] > 0; return n; }).reduce((a, b) => a + b, 0)"))
        .doubleValue();
  }

  /** After each page: it asked nobody else, and complained of nothing. */
  @AfterEach
  void nothingElseWasAskedAndNothingComplained() {
    assertThat(browser.requests())
        .allSatisfy(url -> assertThat(url).matches("(" + address + "/|data:|about:).*"));
    assertThat(browser.errors()).isEmpty();
  }

  @Test
  void the_overview_shows_score_ratios_and_throughput() throws Exception {
    open("/train/overview");
    await("the number of parameters is there", () -> text("#nParams").matches("[0-9,]+"));
    await("updates are counted", () -> number("#totalParamUpdates") > 0);
    await("the score is drawn", () -> drawn("#scoreiterchart canvas") > 500);
    await("the ratios are drawn", () -> drawn("#updateRatioChart canvas") > 500);
    assertThat(number("#nLayers")).isEqualTo(3);
    assertThat(number("#nParams")).isEqualTo(784 * 16 + 300 * 2 * 16 * 8 + 16 * 10);
    assertThat(number("#minibatchesPerSec")).isPositive();
    double before = number("#totalParamUpdates");
    await("the page goes on by itself", () -> number("#totalParamUpdates") > before);
    browser.screenshot("monitor-overview");
  }

  @Test
  void the_model_page_shows_the_stack_as_one_layer() throws Exception {
    open("/train/model");
    await("the graph is drawn", () -> drawn("#layers canvas") > 500);
    browser.value("cy.nodes()[2].emit('click') && 0");
    await("the layer is described", () -> text("#layerInfo").contains("ResidualStack"));
    await("its parameters are drawn", () -> drawn("#meanmag canvas") > 500);
    assertThat(text("#layerInfo")).contains("76800");
    await("a histogram is there", () -> text("#paramhistSelected").matches("\\((VW|UW)\\)"));
    await("it has bars", () -> histogramBars() > 5);
    browser.screenshot("monitor-model");
  }

  private static int histogramBars() {
    return ((Number)
            browser.value(
                "($('#parametershistogram').data('plot')?.getData()[0]?.data ?? []).filter(b => b[1]"
                    + " > 0).length"))
        .intValue();
  }

  @Test
  void the_system_page_shows_memory_and_machine() throws Exception {
    open("/train/system");
    await("memory is drawn", () -> drawn("canvas") > 500);
    await("the machine is described", () -> text("#content").contains("Linux"));
    browser.screenshot("monitor-system");
  }

  @Test
  void the_depth_page_is_a_click_away_and_its_heat_map_changes_while_the_network_trains()
      throws Exception {
    open("/train/overview");
    browser.value("document.querySelector('#depth-link').click()");
    await("the heat map is drawn", () -> drawn("canvas") > 5000);
    browser.screenshot("monitor-depth-earlier");
    BufferedImage before = browser.screenshot("monitor-depth");
    await(
        "the picture changes",
        () -> {
          try {
            return different(before, browser.screenshot("monitor-depth")) > 2000;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static int different(BufferedImage one, BufferedImage other) {
    int count = 0;
    for (int y = 0; y < Math.min(one.getHeight(), other.getHeight()); y++) {
      for (int x = 0; x < Math.min(one.getWidth(), other.getWidth()); x++) {
        count += one.getRGB(x, y) == other.getRGB(x, y) ? 0 : 1;
      }
    }
    return count;
  }
}
