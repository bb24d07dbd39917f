package org.fathom4j.browser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.imageio.ImageIO;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * The machine's own Chromium, without a window, for tests of the pages we make: what a page asked
 * for, what the browser complained about, how it looks.
 *
 * <p>Everything that is not of this machine goes to a {@link DeadEnd}, so that nothing leaves it:
 * neither what a page asks for, which is in {@link #requests}, nor what Chromium asks for on its
 * own account, the time and its updates, which no option ends altogether.
 *
 * <pre>{@code
 * try (Browser browser = Browser.start(profile)) {
 *   browser.open(page.toUri());
 *   assertThat(browser.requests()).allMatch(url -> url.startsWith("file:"));
 *   assertThat(browser.errors()).isEmpty();
 * }
 * }</pre>
 *
 * <p>Where Chromium or its driver is missing, the test that starts one is skipped and says so.
 */
public final class Browser implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Warns at each start that Selenium has no typed protocol of so new a Chromium; none is used. */
  private static final Logger PROTOCOLS =
      Logger.getLogger("org.openqa.selenium.devtools.CdpVersionFinder");

  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  private final ChromeDriver driver;
  private final DeadEnd others;
  private final List<String> requests = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  private Browser(ChromeDriver driver, DeadEnd others) {
    this.driver = driver;
    this.others = others;
  }

  /**
   * Starts Chromium with a profile of its own.
   *
   * @param profile an empty directory
   */
  public static Browser start(Path profile) throws IOException {
    Path chromium = require("chromium");
    Path chromedriver = require("chromedriver");
    PROTOCOLS.setLevel(Level.SEVERE);
    DeadEnd others = DeadEnd.open();
    try {
      ChromeDriver driver = driver(chromium, chromedriver, profile, others);
      driver.get("about:blank");
      // What the browser's own first page asked for is not of the tests' pages.
      driver.manage().logs().get(LogType.PERFORMANCE);
      driver.manage().logs().get(LogType.BROWSER);
      return new Browser(driver, others);
    } catch (RuntimeException e) {
      others.close();
      throw e;
    }
  }

  private static Path require(String program) {
    Optional<Path> found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .map(directory -> Path.of(directory, program))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        found.isPresent(),
        () ->
            "No "
                + program
                + " on the PATH: pages are not looked at. Install Debian's chromium and"
                + " chromium-driver.");
    return found.orElseThrow();
  }

  private static ChromeDriver driver(
      Path chromium, Path chromedriver, Path profile, DeadEnd others) {
    ChromeOptions options = new ChromeOptions();
    // With both programs named, Selenium has nothing to look for or to download.
    options.setBinary(chromium.toFile());
    options.addArguments(
        "--headless",
        "--no-sandbox", // its sandbox does not start for root
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--window-size=1280,900",
        "--proxy-server=" + others.address(), // Chromium never asks it for loopback or files
        "--user-data-dir=" + profile.toAbsolutePath());
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.toFile())
            .usingAnyFreePort()
            .withSilent(true)
            .build();
    return new ChromeDriver(service, options);
  }

  /** Opens a page and waits until it and its pictures are loaded. */
  public void open(URI page) {
    driver.get(page.toString());
  }

  /** The value of a JavaScript expression in the page. */
  public Object value(String expression) {
    return driver.executeScript("return " + expression);
  }

  /** The texts of all elements that a CSS selector finds, in the order of the page. */
  public List<String> texts(String selector) {
    Object texts =
        driver.executeScript(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText.trim())",
            selector);
    return ((List<?>) texts).stream().map(String.class::cast).toList();
  }

  /** Every address that pages have asked for, {@code data:} too, since the browser started. */
  public List<String> requests() {
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      JsonNode message = json(entry.getMessage()).path("message");
      if (message.path("method").asText().equals("Network.requestWillBeSent")) {
        requests.add(message.path("params").path("request").path("url").asText());
      }
    }
    return List.copyOf(requests);
  }

  /** What a page, or the browser itself, has asked of other machines in vain. */
  List<String> askedOfOthers() {
    return others.asked();
  }

  /** What the console shows as errors since the browser started. */
  public List<String> errors() {
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      if (entry.getLevel().intValue() >= Level.SEVERE.intValue()) {
        errors.add(entry.getMessage());
      }
    }
    return List.copyOf(errors);
  }

  /**
   * Moves the mouse to a place in the first element that a CSS selector finds, scrolled into view.
   *
   * @param right from the element's left edge, 0, to its right one, 1
   * @param down from its upper edge, 0, to its lower one, 1
   */
  public void point(String selector, double right, double down) {
    Map<?, ?> place =
        (Map<?, ?>)
            driver.executeScript(
                "const element = document.querySelector(arguments[0]);"
                    + "element.scrollIntoView({block: 'center', behavior: 'instant'});"
                    + "const box = element.getBoundingClientRect();"
                    + "return {x: box.left + arguments[1] * box.width,"
                    + " y: box.top + arguments[2] * box.height}",
                selector,
                right,
                down);
    driver.executeCdpCommand(
        "Input.dispatchMouseEvent",
        Map.of("type", "mouseMoved", "x", place.get("x"), "y", place.get("y")));
  }

  /** Gives the page a window of another size, in CSS pixels. */
  public void resize(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Makes the page believe that its reader prefers dark or light colours. */
  public void prefer(String colorScheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
  }

  /**
   * The whole page, also what a reader would have to scroll to.
   *
   * @param name of the PNG file under {@code target/screenshots}, where it is left to be looked at
   */
  public BufferedImage screenshot(String name) throws IOException {
    Map<?, ?> size =
        (Map<?, ?>)
            driver.executeCdpCommand("Page.getLayoutMetrics", Map.of()).get("cssContentSize");
    Map<String, Object> clip =
        Map.of(
            "x", 0, "y", 0, "width", size.get("width"), "height", size.get("height"), "scale", 1);
    Object data =
        driver
            .executeCdpCommand(
                "Page.captureScreenshot",
                Map.of("format", "png", "captureBeyondViewport", true, "clip", clip))
            .get("data");
    byte[] png = Base64.getDecoder().decode((String) data);
    Files.createDirectories(SCREENSHOTS);
    Files.write(SCREENSHOTS.resolve(name + ".png"), png);
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  /**
   * How many pixels of a picture are of a colour, give or take what scaling does to it.
   *
   * @param rgb such as 0x0072B2
   */
  public static int pixels(BufferedImage picture, int rgb) {
    Color wanted = new Color(rgb);
    int tolerance = 24;
    int count = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        Color seen = new Color(picture.getRGB(x, y));
        if (Math.abs(seen.getRed() - wanted.getRed()) <= tolerance
            && Math.abs(seen.getGreen() - wanted.getGreen()) <= tolerance
            && Math.abs(seen.getBlue() - wanted.getBlue()) <= tolerance) {
          count++;
        }
      }
    }
    return count;
  }

  private static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException("The browser's log is no JSON: " + text, e);
    }
  }

  @Override
  public void close() {
    try {
      driver.quit();
    } finally {
      others.close();
    }
  }
}
