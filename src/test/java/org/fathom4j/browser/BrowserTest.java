package org.fathom4j.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the browser of these tests would notice what they look for. */
class BrowserTest {

  @TempDir Path directory;

  private void open(Browser browser, String body) throws IOException {
    Path page = directory.resolve("page.html");
    Files.writeString(page, "<!DOCTYPE html><html><meta charset=\"utf-8\">" + body + "</html>");
    browser.open(page.toUri());
  }

  @Test
  void a_page_that_asks_another_machine_is_caught() throws IOException {
    try (Browser browser = Browser.start(directory.resolve("profile"))) {
      open(browser, "<img src=\"http://elsewhere.example/pixel.png\">");
      assertThat(browser.requests()).contains("http://elsewhere.example/pixel.png");
      assertThat(browser.askedOfOthers()).anyMatch(line -> line.contains("elsewhere.example"));
      assertThat(browser.errors()).isNotEmpty();
    }
  }

  @Test
  void an_innocent_page_leaves_no_trace_and_shows_its_colours() throws IOException {
    try (Browser browser = Browser.start(directory.resolve("profile"))) {
      open(
          browser,
          "<style>body { margin: 0 } @media (prefers-color-scheme: dark) { div { background: #000"
              + " !important } }</style>"
              + "<div style=\"width: 50px; height: 2000px; background: #D55E00\"></div>"
              + "<p>one</p><p>two</p>");
      assertThat(browser.requests()).singleElement().asString().startsWith("file:");
      assertThat(browser.errors()).isEmpty();
      assertThat(browser.texts("p")).containsExactly("one", "two");
      assertThat(Browser.pixels(browser.screenshot("colours"), 0xD55E00)).isEqualTo(50 * 2000);
      browser.prefer("dark");
      assertThat(Browser.pixels(browser.screenshot("colours-dark"), 0xD55E00)).isZero();
      browser.resize(400, 700);
      assertThat(browser.value("window.innerWidth")).isEqualTo(400L);
    }
  }
}
