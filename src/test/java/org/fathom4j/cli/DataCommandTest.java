package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DataCommandTest {

  private static final Path EMBEDDED = Path.of("datasets", "fashion-mnist-1k");
  private static final Path INSTALLED = Path.of("/usr/share/datasets/fashion-mnist");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path temporary;
  private HttpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/gone/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(404, -1);
          }
        });
    server.createContext(
        "/installed/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          Path file = INSTALLED.resolve(path.substring(path.lastIndexOf('/') + 1));
          try (exchange) {
            exchange.sendResponseHeaders(200, Files.size(file));
            Files.copy(file, exchange.getResponseBody());
          }
        });
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @Test
  void verifying_the_embedded_subset_holds() throws IOException {
    assertThat(fathom("data", "verify", "fashion-mnist-1k", "--json")).isEqualTo(0);
    JsonNode result = json();
    assertThat(result.get("holds").asBoolean()).isTrue();
    assertThat(result.get("files")).hasSize(4);
    assertThat(result.get("files"))
        .allSatisfy(f -> assertThat(f.get("status").asText()).isEqualTo("ok"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void a_damaged_file_is_a_check_that_does_not_hold() throws IOException {
    copyEmbedded();
    Files.write(temporary.resolve("t10k-labels-idx1-ubyte.gz"), new byte[] {0, 0, 8, 1});
    Files.delete(temporary.resolve("train-labels-idx1-ubyte.gz"));
    String directory = temporary.toString();
    assertThat(fathom("data", "verify", "fashion-mnist-1k", "--data-dir", directory)).isEqualTo(4);
    assertThat(out.toString())
        .startsWith("fashion-mnist-1k in " + directory + ": does not hold")
        .containsPattern("train-images-idx3-ubyte.gz +ok +a7e53275")
        .containsPattern("train-labels-idx1-ubyte.gz +missing")
        .containsPattern("t10k-labels-idx1-ubyte.gz +damaged")
        .contains("is truncated: 4 bytes of the 8 of its header alone.");
  }

  @Test
  void another_data_set_in_its_place_is_a_check_that_does_not_hold() throws IOException {
    copyEmbedded();
    String directory = temporary.toString();
    assertThat(fathom("data", "verify", "--data-dir", directory, "--json")).isEqualTo(4);
    JsonNode result = json();
    assertThat(result.get("holds").asBoolean()).isFalse();
    JsonNode first = result.get("files").get(0);
    assertThat(first.get("dataset").asText()).isEqualTo("fashion-mnist");
    assertThat(first.get("status").asText()).isEqualTo("different");
    assertThat(first.get("detail").asText())
        .contains("it is the file train-images-idx3-ubyte of fashion-mnist-1k");
  }

  @Test
  void a_missing_directory_is_a_failure_without_a_stack_trace() {
    String nowhere = temporary.resolve("nowhere").toString();
    assertThat(fathom("data", "verify", "fashion-mnist", "--data-dir", nowhere)).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("There is no directory " + nowhere)
        .contains("./fathom data fetch fashion-mnist")
        .doesNotContain("\tat ");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fetch", "verify", "info"})
  void an_unknown_name_is_bad_usage_with_a_suggestion(String what) {
    assertThat(fathom("data", what, "fashon-mnist")).isEqualTo(2);
    assertThat(err.toString())
        .contains("There is no data set 'fashon-mnist'")
        .contains("Did you mean 'fashion-mnist'?")
        .doesNotContain("\tat ");
  }

  @Test
  void info_lists_all_data_sets() throws IOException {
    assertThat(fathom("data", "info", "--json")).isEqualTo(0);
    JsonNode sets = json().get("datasets");
    assertThat(sets)
        .extracting(d -> d.get("name").asText())
        .containsExactly("fashion-mnist-1k", "fashion-mnist", "fake");
    assertThat(sets.get(0).get("directory").asText()).isEqualTo(EMBEDDED.toString());
    assertThat(sets.get(0).get("trainImages").asInt()).isEqualTo(1000);
    assertThat(sets.get(2).get("directory").isNull()).isTrue();
  }

  @Test
  void info_describes_one_data_set_in_words() {
    assertThat(fathom("data", "info", "fashion-mnist")).isEqualTo(0);
    assertThat(out.toString())
        .startsWith("fashion-mnist: all of Fashion-MNIST")
        .contains("60,000 training and 10,000 test images of 28 × 28 pixels")
        .contains("Ankle boot")
        .doesNotContain("fake");
  }

  @Test
  void a_fetch_that_fails_names_the_mirror_and_leaves_nothing() {
    Path target = temporary.resolve("fashion-mnist");
    assertThat(fathom("data", "fetch", "--mirror", mirror("gone"), "--data-dir", target.toString()))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("No mirror has a right train-images-idx3-ubyte.gz of fashion-mnist")
        .contains(mirror("gone") + ": HTTP status 404")
        .doesNotContain("\tat ");
    assertThat(target).doesNotExist();
  }

  @Test
  void a_mirror_without_https_is_bad_usage() {
    assertThat(fathom("data", "fetch", "--mirror", "http://example.org/")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Mirror http://example.org/ is refused: only https is safe.");
  }

  @Test
  void what_is_embedded_cannot_be_fetched() {
    assertThat(fathom("data", "fetch", "fashion-mnist-1k")).isEqualTo(2);
    assertThat(err.toString()).contains("need not be fetched");
  }

  @Test
  void the_whole_of_fashion_mnist_is_fetched_from_the_second_mirror_and_verified()
      throws IOException {
    assumeTrue(
        Files.isDirectory(INSTALLED), "Debian's package dataset-fashion-mnist is not installed");
    String target = temporary.resolve("fashion-mnist").toString();
    assertThat(
            fathom(
                "data",
                "fetch",
                "--json",
                "--mirror",
                mirror("gone"),
                "--mirror",
                mirror("installed"),
                "--data-dir",
                target))
        .isEqualTo(0);
    assertThat(json().get("files"))
        .hasSize(4)
        .allSatisfy(f -> assertThat(f.get("mirror").asText()).isEqualTo(mirror("installed")));
    assertThat(err.toString()).contains("Fetching " + mirror("installed"));
    assertThat(fathom("data", "verify", "fashion-mnist", "--data-dir", target)).isEqualTo(0);
  }

  @Test
  void without_a_word_what_to_do_the_usage_is_shown() {
    assertThat(fathom("data")).isEqualTo(2);
    assertThat(err.toString()).contains("fetch", "verify", "info");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fetch", "verify", "info"})
  void help_documents_defaults_and_ends_with_an_example(String what) {
    assertThat(fathom("data", what, "--help")).isEqualTo(0);
    assertThat(out.toString()).contains("(default: ").contains("Example:");
    assertThat(out.toString().strip().lines().reduce((a, b) -> b).orElseThrow())
        .startsWith("Example: fathom data " + what);
  }

  private int fathom(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine program = Main.commandLine();
    program.setOut(new PrintWriter(out, true));
    program.setErr(new PrintWriter(err, true));
    return program.execute(arguments);
  }

  private JsonNode json() throws IOException {
    return new ObjectMapper().readTree(out.toString());
  }

  private String mirror(String context) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/" + context + "/";
  }

  private void copyEmbedded() throws IOException {
    try (Stream<Path> files = Files.list(EMBEDDED)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".gz")).toList()) {
        Files.copy(file, temporary.resolve(file.getFileName()));
      }
    }
  }
}
