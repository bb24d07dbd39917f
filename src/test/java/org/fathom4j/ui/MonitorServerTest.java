package org.fathom4j.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.fathom4j.record.RunDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MonitorServerTest {

  private static final String RUN = "20260102-030405-mzas";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path runs;
  private final HttpClient client = HttpClient.newHttpClient();
  private MonitorServer server;

  @BeforeEach
  void start() throws IOException {
    Runs.write(runs, RUN);
    server = MonitorServer.start(runs, MonitorServer.LOOPBACK, 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.getAddress() + path)).timeout(PATIENCE).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A request as it is written, with nothing that a client would correct. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(MonitorServer.LOOPBACK, server.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write((request + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String rawGet(String path, String host) throws IOException {
    return raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close");
  }

  @ParameterizedTest
  @ValueSource(strings = {"overview", "model", "system"})
  void the_frameworks_pages_are_there_for_a_run_and_for_the_newest(String page) throws Exception {
    for (String path : List.of("/train/" + page, "/train/" + RUN + "/" + page)) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("/train/" + RUN + "/" + page)
          .contains("id=\"depth-link\" href=\"/depth#");
    }
  }

  @Test
  void their_data_are_those_of_the_run() throws Exception {
    assertThat(get("/train/overview/data").body())
        .isEqualTo(get("/train/" + RUN + "/overview/data").body())
        .contains("0.5");
    assertThat(get("/train/" + RUN + "/system/data").statusCode()).isEqualTo(200);
    assertThat(get("/train/" + RUN + "/model/data/0").statusCode()).isEqualTo(200);
    assertThat(get("/train/" + RUN + "/model/graph").statusCode()).isEqualTo(200);
    assertThat(get("/train/" + RUN + "/info").body()).contains(RUN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/train/nobody/overview",
        "/train/nobody/overview/data",
        "/train/nobody/model/graph",
        "/train/nobody/info",
        "/train/..%2f..%2fetc/overview",
        "/train/%3Cscript%3E/overview",
        "/setlang/" + RUN + "/xx",
        "/assets/nothing.js",
        "/assets/js",
        "/assets/js/train/",
        "/assets/webjars/jquery/9.9.9/jquery.js",
        "/nothing"
      })
  void what_is_not_there_is_not_found_at_once(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).doesNotContain("script>");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/assets/../org/fathom4j/ui/Assets.class",
        "/assets/%2e%2e/logback.xml",
        "/assets/..%2flogback.xml",
        "/assets//etc/passwd",
        "/assets/webjars/../../../logback.xml",
        "/assets/.%00/x"
      })
  void no_path_leaves_the_assets(String path) throws IOException {
    assertThat(rawGet(path, "localhost")).startsWith("HTTP/1.1 404");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
  void other_methods_than_reading_are_refused(String method) throws IOException {
    String answer =
        raw(method + " /remoteReceive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(answer).startsWith("HTTP/1.1 40");
  }

  @Test
  void there_is_no_remote_receiver() throws IOException {
    assertThat(rawGet("/remoteReceive", "localhost")).startsWith("HTTP/1.1 404");
    assertThat(server.isRemoteListenerEnabled()).isFalse();
    assertThatThrownBy(() -> server.enableRemoteListener())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:9000", "127.0.0.1.evil.example", "", "[::2]"})
  void foreign_host_names_are_refused(String host) throws IOException {
    assertThat(rawGet("/depth", host)).matches("(?s)HTTP/1.1 4(21|00).*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:9000", "127.0.0.1", "LOCALHOST:1", "[::1]:80"})
  void names_of_the_loopback_are_accepted(String host) throws IOException {
    assertThat(rawGet("/train/multisession", host)).startsWith("HTTP/1.1 200");
  }

  @Test
  void a_server_that_is_open_answers_to_addresses_and_not_to_foreign_names() {
    RequestGuard guard = new RequestGuard(request -> {}, "0.0.0.0", true);
    assertThat(guard.isOurs("192.168.1.7:9000")).isTrue();
    assertThat(guard.isOurs("[fe80::1]:9000")).isTrue();
    assertThat(guard.isOurs("evil.example")).isFalse();
    assertThat(guard.isOurs(null)).isFalse();
  }

  @Test
  void pages_may_load_nothing_from_elsewhere() throws Exception {
    assertThat(get("/train/overview").headers().firstValue("Content-Security-Policy"))
        .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'self';"));
  }

  @Test
  void on_other_addresses_of_this_machine_nobody_listens() throws IOException {
    Optional<InetAddress> other =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .findFirst();
    assumeTrue(other.isPresent(), "This machine has no address but the loopback's.");
    try (Socket socket = new Socket()) {
      assertThatThrownBy(
              () -> socket.connect(new InetSocketAddress(other.get(), server.getPort()), 2_000))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void a_port_in_use_is_named_with_the_cure() throws IOException {
    server.close();
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(
              () -> MonitorServer.start(runs, MonitorServer.LOOPBACK, other.getLocalPort()))
          .isInstanceOf(MonitorException.class)
          .hasMessageContaining("127.0.0.1, port " + other.getLocalPort())
          .hasMessageContaining("choose another port");
    }
    server = MonitorServer.start(runs, MonitorServer.LOOPBACK, 0); // nothing was left behind
  }

  @Test
  void there_is_one_monitor_in_a_process() {
    assertThatThrownBy(() -> MonitorServer.start(runs, MonitorServer.LOOPBACK, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(server.getAddress());
  }

  @Test
  void a_run_that_is_deleted_while_it_is_watched_leaves_the_pages() throws Exception {
    assertThat(get("/train/" + RUN + "/overview/data").statusCode()).isEqualTo(200);
    FileUtils.deleteDirectory(runs.resolve(RUN).toFile());
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (get("/train/" + RUN + "/overview/data").statusCode() == 200) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(100);
    }
    assertThat(get("/train/multisession").statusCode()).isEqualTo(200); // the server lives
  }

  @Test
  void a_run_with_a_damaged_stats_db_shows_what_is_left() throws Exception {
    Files.write(new RunDirectory(runs.resolve(RUN)).statsDb(), new byte[100_000]);
    assertThat(get("/train/" + RUN + "/overview/data").body()).contains("0.5");
  }

  @Test
  void more_runs_than_are_held_can_be_looked_at() throws Exception {
    for (int i = 10; i < 40; i++) {
      Runs.write(runs, "202601" + i + "-000000-run");
    }
    for (int round = 0; round < 2; round++) {
      for (int i = 10; i < 40; i++) {
        assertThat(get("/train/202601" + i + "-000000-run/overview/data").statusCode())
            .isEqualTo(200);
      }
    }
    assertThat(server.getStatsStorageInstances()).hasSizeLessThanOrEqualTo(12);
  }

  @Test
  void a_path_as_long_as_a_request_may_be_is_not_found() throws IOException {
    assertThat(rawGet("/assets/" + "a/".repeat(1900), "localhost")).startsWith("HTTP/1.1 404");
  }

  @Test
  void a_damaged_record_does_not_hide_the_newest_run() throws Exception {
    Path damaged = Files.createDirectory(runs.resolve("20260102-030406-damaged"));
    Files.writeString(damaged.resolve("run.json"), "{\"format\": 1, \"na");
    HttpResponse<String> answer = get("/train/overview");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("/train/" + RUN + "/overview");
    assertThat(get("/train/overview/data").body()).contains("0.5");
  }
}
