package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every mirror here is this machine: no network is needed. */
@Timeout(60)
class DataFetchTest {

  private static final IdxCollection TINY = TestImages.collection();
  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";

  private static final DataFetch.Patience PATIENCE =
      new DataFetch.Patience(Duration.ofSeconds(20), Duration.ofSeconds(20), 1);

  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch testIsOver = new CountDownLatch(1);

  @TempDir Path temporary;
  private Path source;
  private Path target;
  private HttpServer server;
  private ExecutorService threads;

  @BeforeEach
  void startServer() throws IOException {
    source = TestImages.write(temporary.resolve("source"));
    target = temporary.resolve("datasets").resolve("tiny");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    server.createContext("/good/", this::serveFile);
    server.start();
  }

  @AfterEach
  void stopServer() {
    testIsOver.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void the_four_files_arrive_byte_for_byte() throws IOException {
    List<FetchedFile> files = fetch("good");
    assertThat(files).extracting(FetchedFile::mirror).containsOnly(Optional.of(mirror("good")));
    for (IdxPart part : IdxPart.values()) {
      assertThat(target.resolve(part.compressedName()))
          .hasSameBinaryContentAs(source.resolve(part.compressedName()));
    }
    assertOnlyFourFiles();
    assertThat(TINY.load(Optional.of(target), temporary).train().size()).isEqualTo(23);
  }

  @Test
  void what_is_there_and_right_is_kept() throws IOException {
    fetch("good");
    requests.clear();
    List<FetchedFile> again = fetch("good");
    assertThat(requests).isEmpty();
    assertThat(again).extracting(FetchedFile::mirror).containsOnly(Optional.empty());
  }

  @Test
  void what_is_there_and_wrong_is_replaced() throws IOException {
    fetch("good");
    Files.writeString(target.resolve(TRAIN_IMAGES), "nonsense");
    requests.clear();
    fetch("good");
    assertThat(requests).containsExactly("/good/" + TRAIN_IMAGES);
    assertThat(TINY.check(Optional.of(target), temporary).holds()).isTrue();
  }

  @Test
  void a_mirror_without_the_file_is_passed_over_for_the_next() throws IOException {
    respond("gone", exchange -> exchange.sendResponseHeaders(404, -1));
    List<String> failures = new ArrayList<>();
    FetchProgress progress =
        new FetchProgress() {
          @Override
          public void mirrorFailed(String file, URI mirror, String reason) {
            failures.add(file + " " + reason);
          }
        };
    List<FetchedFile> files =
        new DataFetch(TINY, List.of(mirror("gone"), mirror("good")), PATIENCE)
            .into(target, progress);
    assertThat(files).extracting(FetchedFile::mirror).containsOnly(Optional.of(mirror("good")));
    assertThat(failures)
        .hasSize(4)
        .first()
        .isEqualTo(TRAIN_IMAGES + " HTTP status 404 for " + mirror("gone").resolve(TRAIN_IMAGES));
  }

  @Test
  void a_body_cut_short_is_refused_and_leaves_nothing() {
    respond(
        "cut",
        exchange -> {
          byte[] file = content(exchange);
          exchange.sendResponseHeaders(200, file.length);
          exchange.getResponseBody().write(file, 0, file.length / 2);
        });
    fails("cut", "the connection broke after");
  }

  @Test
  void a_file_cut_short_on_the_mirror_is_refused_and_leaves_nothing() {
    respond(
        "short",
        exchange -> {
          byte[] file = content(exchange);
          send(exchange, Arrays.copyOf(file, file.length / 2));
        });
    fails("short", "the gzip data end in the middle");
  }

  @Test
  void another_content_is_refused_and_leaves_nothing() {
    respond(
        "other",
        exchange -> {
          Path file = temporary.resolve("other.gz");
          IdxFile.images("other", 3, 4, new byte[23 * 12]).write(file);
          send(exchange, Files.readAllBytes(file));
        });
    fails("other", "is not the train-images-idx3-ubyte of tiny");
  }

  @Test
  void a_web_page_is_refused_and_leaves_nothing() {
    respond("page", exchange -> send(exchange, TestImages.bytes('<', 'h', 't', 'm', 'l', '>')));
    fails("page", "looks like a web page");
  }

  @Test
  void a_slow_trickle_is_cut() {
    respond(
        "slow",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream body = exchange.getResponseBody();
          for (byte b : content(exchange)) {
            body.write(b);
            body.flush();
            sleep(20);
          }
        });
    DataFetch.Patience little =
        new DataFetch.Patience(Duration.ofSeconds(20), Duration.ofMillis(300), 1_000);
    failsWith(new DataFetch(TINY, List.of(mirror("slow")), little), "too slow: after ");
  }

  @Test
  void a_silent_body_is_cut() {
    respond(
        "silent",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().flush();
          sleep(60_000);
        });
    DataFetch.Patience little =
        new DataFetch.Patience(Duration.ofSeconds(20), Duration.ofMillis(300), 1_000);
    failsWith(
        new DataFetch(TINY, List.of(mirror("silent")), little),
        "too slow: after 0 bytes less than 1,000 in 0.3 s");
  }

  @Test
  void a_mirror_that_never_answers_is_given_up() {
    respond("mute", exchange -> sleep(60_000));
    DataFetch.Patience little =
        new DataFetch.Patience(Duration.ofMillis(300), Duration.ofSeconds(20), 1);
    failsWith(new DataFetch(TINY, List.of(mirror("mute")), little), "no answer within 0.3 s");
  }

  @Test
  void an_announced_size_that_cannot_be_right_is_refused_before_it_is_read() {
    respond("announced", exchange -> exchange.sendResponseHeaders(200, 1L << 40));
    fails("announced", "1,099,511,627,776 bytes or more, where at most 1,048,868 can be right");
  }

  @Test
  void an_endless_body_is_cut() {
    respond(
        "endless",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] block = new byte[1 << 16];
          while (true) {
            exchange.getResponseBody().write(block);
          }
        });
    fails("endless", "where at most 1,048,868 can be right");
  }

  @Test
  void a_redirect_on_this_machine_is_followed() throws IOException {
    respond(
        "moved",
        exchange -> {
          String name = exchange.getRequestURI().getPath().replace("/moved/", "/good/");
          exchange.getResponseHeaders().set("Location", name);
          exchange.sendResponseHeaders(302, -1);
        });
    assertThat(fetch("moved"))
        .extracting(FetchedFile::mirror)
        .containsOnly(Optional.of(mirror("moved")));
  }

  @Test
  void a_redirect_to_plain_http_elsewhere_is_refused() {
    respond(
        "elsewhere",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "http://example.org/file.gz");
          exchange.sendResponseHeaders(302, -1);
        });
    fails(
        "elsewhere",
        "it redirects to http://example.org/file.gz, which is refused: only https is safe");
  }

  @Test
  void a_circle_of_redirects_is_left() {
    respond(
        "circle",
        exchange -> {
          exchange.getResponseHeaders().set("Location", exchange.getRequestURI().getPath());
          exchange.sendResponseHeaders(302, -1);
        });
    fails("circle", "more than 5 redirects");
  }

  @Test
  void a_closed_port_is_told() {
    URI closed = mirror("good");
    server.stop(0);
    failsWith(new DataFetch(TINY, List.of(closed), PATIENCE), "cannot connect");
  }

  @Test
  void every_mirror_is_listed_with_its_failure_and_the_cure() {
    respond("gone", exchange -> exchange.sendResponseHeaders(404, -1));
    respond("broken", exchange -> exchange.sendResponseHeaders(500, -1));
    DataFetch fetch = new DataFetch(TINY, List.of(mirror("gone"), mirror("broken")), PATIENCE);
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> fetch.into(target, FetchProgress.NONE))
        .withMessageStartingWith("No mirror has a right " + TRAIN_IMAGES + " of tiny:")
        .withMessageContaining(mirror("gone") + ": HTTP status 404")
        .withMessageContaining(mirror("broken") + ": HTTP status 500")
        .withMessageEndingWith(
            "Check the network, name another mirror with --mirror URL, or copy the four files to "
                + target
                + ".");
  }

  @Test
  void files_that_arrived_before_a_failure_stay() {
    respond(
        "half",
        exchange -> {
          if (exchange.getRequestURI().getPath().contains("t10k")) {
            exchange.sendResponseHeaders(404, -1);
          } else {
            send(exchange, content(exchange));
          }
        });
    assertThatExceptionOfType(DataException.class).isThrownBy(() -> fetch("half"));
    assertThat(names(target)).containsExactly(TRAIN_IMAGES, "train-labels-idx1-ubyte.gz");
  }

  @Test
  void a_full_disk_is_told_at_once_and_leaves_nothing() {
    DataFetch fetch =
        new DataFetch(TINY, List.of(mirror("good"), mirror("good")), PATIENCE) {
          @Override
          OutputStream create(Path file) throws IOException {
            return new FilterOutputStream(super.create(file)) {
              @Override
              public void write(byte[] bytes, int from, int count) throws IOException {
                out.write(bytes, from, count / 2);
                throw new IOException("No space left on device");
              }
            };
          }
        };
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> fetch.into(target, FetchProgress.NONE))
        .withMessage(
            "Cannot write the data set tiny to %s: No space left on device. Make room or pass"
                + " --data-dir DIR.",
            target);
    assertThat(requests).hasSize(1);
    assertThat(target).doesNotExist();
  }

  @Test
  void a_target_that_is_a_file_is_told() throws IOException {
    Files.createDirectories(target.getParent());
    Files.writeString(target, "I was here first");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> fetch("good"))
        .withMessage(
            "Cannot write the data set tiny to %s: a file of this name is in the way. Make room or"
                + " pass --data-dir DIR.",
            target);
    assertThat(target).hasContent("I was here first");
  }

  @Test
  void what_a_killed_process_left_behind_is_cleaned_up_and_nothing_else() throws IOException {
    Files.createDirectories(target);
    long nobody = 4_194_304_000L;
    Path left = target.resolve("." + TRAIN_IMAGES + "." + nobody + ".123.part");
    Path running =
        target.resolve("." + TRAIN_IMAGES + "." + ProcessHandle.current().pid() + ".123.part");
    Path stranger = target.resolve(".notes.part");
    Files.writeString(left, "half");
    Files.writeString(running, "half");
    Files.writeString(stranger, "mine");
    fetch("good");
    assertThat(left).doesNotExist();
    assertThat(running).exists();
    assertThat(stranger).exists();
  }

  @Test
  void progress_tells_the_size_and_every_byte() throws IOException {
    List<String> told = new ArrayList<>();
    long[] last = {0};
    FetchProgress progress =
        new FetchProgress() {
          @Override
          public void begin(String file, URI source, OptionalLong bytes) {
            told.add("begin " + file + " " + bytes.getAsLong());
          }

          @Override
          public void received(long bytes) {
            last[0] = bytes;
          }

          @Override
          public void end() {
            told.add("end " + last[0]);
          }
        };
    new DataFetch(TINY, List.of(mirror("good")), PATIENCE).into(target, progress);
    long bytes = Files.size(source.resolve(TRAIN_IMAGES));
    assertThat(told).hasSize(8).startsWith("begin " + TRAIN_IMAGES + " " + bytes, "end " + bytes);
  }

  @Test
  void mirrors_must_be_safe() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> DataFetch.of("fashion-mnist", List.of(URI.create("http://example.org/data/"))))
        .withMessage("Mirror http://example.org/data/ is refused: only https is safe.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFetch.of("fashion-mnist", List.of(URI.create("file:///etc"))))
        .withMessageContaining("it names no host");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFetch.of("fashion-mnist", List.of(URI.create("example.org"))))
        .withMessageContaining("give a URL such as https://");
  }

  @Test
  void the_known_mirrors_are_safe_and_several() {
    assertThat(FashionMnist.MIRRORS)
        .hasSizeGreaterThan(2)
        .extracting(URI::getScheme)
        .containsOnly("https");
    assertThat(FashionMnist.MIRRORS).allSatisfy(m -> assertThat(m.toString()).endsWith("/"));
  }

  @Test
  void only_what_does_not_come_with_the_program_is_fetched() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFetch.of("fashion-mnist-1k", List.of()))
        .withMessageContaining("need not be fetched");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataFetch.of("fashion", List.of()))
        .withMessageContaining("There is no data set");
  }

  private List<FetchedFile> fetch(String context) throws IOException {
    return new DataFetch(TINY, List.of(mirror(context)), PATIENCE).into(target, FetchProgress.NONE);
  }

  private void fails(String context, String reason) {
    failsWith(new DataFetch(TINY, List.of(mirror(context)), PATIENCE), reason);
  }

  private void failsWith(DataFetch fetch, String reason) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> fetch.into(target, FetchProgress.NONE))
        .withMessageContaining(reason);
    assertThat(target).doesNotExist();
  }

  private void assertOnlyFourFiles() {
    assertThat(names(target))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(IdxPart.values()).map(IdxPart::compressedName).toList());
  }

  private static List<String> names(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private URI mirror(String context) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/" + context + "/");
  }

  private void respond(String context, HttpHandler handler) {
    server.createContext(
        "/" + context + "/",
        exchange -> {
          try (exchange) {
            handler.handle(exchange);
          }
        });
  }

  private void serveFile(HttpExchange exchange) throws IOException {
    requests.add(exchange.getRequestURI().getPath());
    send(exchange, content(exchange));
  }

  private byte[] content(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    return Files.readAllBytes(source.resolve(path.substring(path.lastIndexOf('/') + 1)));
  }

  private static void send(HttpExchange exchange, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Until the time is over or the test. */
  private void sleep(long millis) {
    try {
      testIsOver.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
