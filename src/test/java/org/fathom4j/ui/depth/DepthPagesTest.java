package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ServiceLoader;
import java.util.stream.StreamSupport;
import org.apache.commons.io.FileUtils;
import org.deeplearning4j.ui.api.UIModule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server answers. */
class DepthPagesTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int LARGEST_ANSWER = 200_000;

  @TempDir Path runs;
  private DepthServer server;

  @BeforeEach
  void start() {
    server = DepthServer.of(runs);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private SyntheticRun run(String name, int depth) throws IOException {
    return SyntheticRun.begin(runs.resolve(name), "mzas", depth, Instant.now());
  }

  /** An answer of JSON, of no more than the promised size, that may be kept. */
  private JsonNode json(String path) throws IOException {
    HttpResponse<String> answer = server.get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.headers().firstValue("ETag")).isPresent();
    assertThat(answer.body().getBytes(StandardCharsets.UTF_8).length).isLessThan(LARGEST_ANSWER);
    return MAPPER.readTree(answer.body());
  }

  private static JsonNode series(JsonNode curves, String split, String metric) {
    return StreamSupport.stream(curves.path("series").spliterator(), false)
        .filter(s -> s.path("split").asText().equals(split))
        .filter(s -> s.path("metric").asText().equals(metric))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void the_training_UI_finds_the_module_by_itself() {
    assertThat(ServiceLoader.load(UIModule.class))
        .anyMatch(module -> module instanceof DepthModule);
  }

  @Test
  void a_run_of_100_000_iterations_at_depth_10_000_fits_small_answers_and_keeps_its_extremes()
      throws IOException {
    SyntheticRun run = run("long", 10_000).train(1, 100_000);
    for (int k = 100; k <= 100_000; k += 100) {
      run.evaluate(k).profile(k);
    }
    JsonNode curves = json("/depth/runs/long/curves");
    JsonNode loss = series(curves, "batch", "loss");
    int buckets = loss.path("iteration").size();
    assertThat(buckets).isBetween(200, 500);
    assertThat(loss.path("iteration").get(buckets - 1).asInt()).isEqualTo(100_000);
    assertThat(loss.path("seconds").get(buckets - 1).asDouble()).isEqualTo(10_000);
    double highest = 0;
    double lowest = 1;
    for (int i = 0; i < buckets; i++) {
      highest = Math.max(highest, loss.path("high").get(i).asDouble());
      lowest = Math.min(lowest, loss.path("low").get(i).asDouble());
    }
    assertThat(highest).isEqualTo(50);
    assertThat(lowest).isCloseTo(1 / Math.sqrt(100_000), within(1e-7)); // five digits
    assertThat(series(curves, "theory", "loss").path("mean").size()).isBetween(200, 500);

    for (String metric : new String[] {"activation_norm", "gradient_norm", "update_norm_A"}) {
      JsonNode profile = json("/depth/runs/long/profile/" + metric);
      assertThat(profile.path("more").asBoolean()).isFalse();
      assertThat(profile.path("iterations").size()).isBetween(125, 250);
      assertThat(profile.path("log10").size()).isEqualTo(profile.path("iterations").size());
    }
    JsonNode activations = json("/depth/runs/long/profile/activation_norm");
    assertThat(activations.path("layers").size()).isEqualTo(64);
    int last = activations.path("iterations").size() - 1;
    assertThat(activations.path("iterations").get(last).asInt()).isEqualTo(100_000);
    assertThat(activations.path("log10").get(last).get(63).asDouble()).isEqualTo(5);
    assertThat(activations.path("theory").path("log10").get(63).asDouble()).isEqualTo(0);
    assertThat(json("/depth/runs/long").path("newest").asInt()).isEqualTo(100_000);
  }

  @Test
  void a_log_that_grows_is_told_on_the_next_question_and_one_that_does_not_costs_nothing()
      throws IOException {
    SyntheticRun run = run("live", 100).train(1, 10).profile(1);
    for (String path :
        new String[] {"/depth/runs/live/curves", "/depth/runs/live/profile/activation_norm"}) {
      HttpResponse<String> first = server.get(path);
      String tag = first.headers().firstValue("ETag").orElseThrow();
      HttpResponse<String> second = server.get(path, "If-None-Match", tag);
      assertThat(second.statusCode()).isEqualTo(304);
      assertThat(second.body()).isEmpty();
      run.train(11, 20).profile(20);
      HttpResponse<String> third = server.get(path, "If-None-Match", tag);
      assertThat(third.statusCode()).isEqualTo(200);
      assertThat(third.body()).isNotEqualTo(first.body());
    }
  }

  /** A log is written once a second; the monitor's samples at once. */
  @Test
  void what_the_monitor_has_sampled_stands_at_the_end_until_the_log_has_it() throws IOException {
    SyntheticRun run = run("monitored", 100).train(1, 10);
    Path stats = run.directory().statsDb();
    for (int iteration : new int[] {5, 20, 30}) {
      Files.writeString(
          stats,
          "{\"kind\":\"sample\",\"iteration\":%d,\"loss\":%s,\"seconds\":%s,\"depth\":{\"layers\":[0,100],\"activation_norm\":[1,10]}}%n"
              .formatted(iteration, iteration == 30 ? "\"NaN\"" : "0.5", iteration),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
    JsonNode loss = series(json("/depth/runs/monitored/curves"), "batch", "loss");
    assertThat(loss.path("iteration").toString()).isEqualTo("[1,2,3,4,5,6,7,8,9,10,20,30]");
    assertThat(loss.path("mean").get(4).asDouble()).isEqualTo(0.44721); // the log's 1/√5
    assertThat(loss.path("mean").get(10).asDouble()).isEqualTo(0.5);
    assertThat(loss.path("mean").get(11).isNull()).isTrue();
    assertThat(loss.path("seconds").get(10).asDouble()).isEqualTo(20);
    assertThat(json("/depth/runs/monitored").path("newest").asInt()).isEqualTo(30);
    assertThat(json("/depth/runs/monitored/profile/activation_norm").path("iterations").toString())
        .isEqualTo("[5,20,30]");

    run.train(11, 40);
    loss = series(json("/depth/runs/monitored/curves"), "batch", "loss");
    assertThat(loss.path("iteration").size()).isEqualTo(40);
    Files.delete(stats);
    assertThat(json("/depth/runs/monitored/profile/activation_norm").path("iterations").size())
        .isZero();
  }

  @Test
  void samples_behind_a_link_are_not_read() throws IOException {
    SyntheticRun run = run("linked", 100).train(1, 10);
    Path outside = Files.createTempFile("outside", ".db");
    Files.writeString(
        outside, "{\"kind\":\"sample\",\"iteration\":20,\"loss\":0.5,\"seconds\":20}\n");
    try {
      Files.createSymbolicLink(run.directory().statsDb(), outside);
    } catch (UnsupportedOperationException | FileSystemException e) {
      assumeTrue(false, "This file system has no symbolic links.");
    }
    assertThat(json("/depth/runs/linked").path("newest").asInt()).isEqualTo(10);
    Files.delete(outside);
  }

  @Test
  void zero_and_what_is_not_finite_have_words_and_in_curves_are_null() throws IOException {
    SyntheticRun run = run("odd", 100).train(1, 3).profile(1);
    Files.writeString(
        run.directory().metricsCsv(),
        Files.readString(run.directory().metricsCsv())
            + "4,0,batch,loss,NaN\n5,0,batch,loss,Infinity\n6,0,batch,loss,1\n");
    Files.writeString(
        run.directory().depthProfileCsv(),
        Files.readString(run.directory().depthProfileCsv())
            + "2,0,activation_norm,NaN\n2,100,activation_norm,Infinity\n");
    JsonNode loss = series(json("/depth/runs/odd/curves"), "batch", "loss").path("mean");
    assertThat(loss.get(3).isNull()).isTrue();
    assertThat(loss.get(4).isNull()).isTrue();
    assertThat(loss.get(5).asDouble()).isEqualTo(1);
    JsonNode log10 = json("/depth/runs/odd/profile/activation_norm").path("log10").get(1);
    assertThat(log10.get(0).asText()).isEqualTo("NaN");
    assertThat(log10.get(1).isNull()).isTrue();
    assertThat(log10.get(63).asText()).isEqualTo("infinite");
    assertThat(json("/depth/runs/odd/profile/update_norm_A").path("log10").get(0).get(0).asText())
        .isEqualTo("zero");
  }

  @Test
  void where_and_why_a_run_diverged_is_told() throws IOException {
    run("gone", 2000).diverge(3, 720);
    JsonNode run = json("/depth/runs/gone");
    assertThat(run.path("status").asText()).isEqualTo("diverged");
    assertThat(run.path("divergence").toString())
        .isEqualTo("{\"iteration\":3,\"where\":\"forward\",\"layer\":720,\"cause\":\"overflow\"}");
    assertThat(run.path("why").asText()).contains("layer 720");
    assertThat(run.path("live").asBoolean()).isFalse();
  }

  @Test
  void hundreds_of_runs_come_in_parts_and_are_found_by_words() throws IOException {
    for (int i = 0; i < 450; i++) {
      run("run-" + i, 100 + i % 2);
    }
    JsonNode first = json("/depth/runs");
    assertThat(first.path("total").asInt()).isEqualTo(450);
    int told = first.path("runs").size();
    assertThat(told).isBetween(100, 200);
    assertThat(first.path("next").asInt()).isEqualTo(told);
    JsonNode second = json("/depth/runs?from=" + told);
    assertThat(second.path("runs").get(0)).isNotEqualTo(first.path("runs").get(0));
    assertThat(json("/depth/runs?search=RUN-44%20depth=101").path("total").asInt()).isEqualTo(5);
    assertThat(json("/depth/runs?search=nowhere").path("runs").size()).isZero();
  }

  @Test
  void runs_of_comparisons_are_only_counted_until_they_are_searched_for() throws IOException {
    run("own", 100);
    run("compared/runs/a-1", 100).end(5);
    run("compared/runs/a-2", 100);
    Files.writeString(runs.resolve("compared/comparison.csv"), "");
    JsonNode list = json("/depth/runs");
    assertThat(list.path("total").asInt()).isEqualTo(2); // its own and the one that is running
    assertThat(list.path("inComparisons").asInt()).isEqualTo(1);
    assertThat(json("/depth/runs?search=compared").path("total").asInt()).isEqualTo(2);
  }

  @Test
  void hostile_texts_come_back_as_text_in_answers_of_the_usual_size() throws IOException {
    String evil = "</script><img src=x onerror=alert(1)>\"\\\u2028\ud800";
    for (int i = 0; i < 300; i++) {
      SyntheticRun run = run("<b>" + "'\"&".repeat(60) + i, 100);
      ObjectNode tree = (ObjectNode) MAPPER.readTree(run.directory().runJson().toFile());
      ((ObjectNode) tree.path("specification").path("architecture"))
          .put("initialization", evil.repeat(i == 0 ? 1 : 3000 / 40));
      Files.write(run.directory().runJson(), MAPPER.writeValueAsBytes(tree));
    }
    JsonNode list = json("/depth/runs");
    assertThat(list.path("total").asInt()).isEqualTo(300);
    JsonNode run = list.path("runs").get(0);
    assertThat(run.path("name").asText()).startsWith("<b>'\"&");
    JsonNode summary = json("/depth/runs/" + run.path("id").asText());
    assertThat(summary.path("init").asText())
        .startsWith("</script><img src=x onerror=alert(1)>\"\\");
  }

  @Test
  void a_comparison_without_runs_shows_its_table_and_its_report_which_may_run_nothing()
      throws IOException {
    String name = "20261123-122420-compare-initializers";
    for (String file : new String[] {"comparison.csv", "comparison.json", "report.html"}) {
      Path copy = runs.resolve(name).resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(Path.of("runs", name, file), copy);
    }
    JsonNode comparison = json("/depth/comparisons/" + name);
    assertThat(comparison.path("cells").size()).isEqualTo(48);
    assertThat(comparison.path("there").asInt()).isZero();
    JsonNode cell = comparison.path("cells").get(0);
    assertThat(cell.path("init").asText()).isEqualTo("mzas");
    assertThat(cell.path("depth").asInt()).isEqualTo(10);
    assertThat(cell.path("learningRate").asDouble()).isEqualTo(2.37);
    assertThat(cell.path("standing").asText()).isEqualTo("settled");
    assertThat(comparison.path("cells").get(47).path("standing").asText()).isEqualTo("none-learnt");
    assertThat(cell.path("outcomes").path("learns").asInt()).isEqualTo(3);
    assertThat(cell.path("train_accuracy").asDouble()).isBetween(0.85, 0.87);
    HttpResponse<String> report = server.get("/depth/comparisons/" + name + "/report");
    assertThat(report.body()).isEqualTo(Files.readString(Path.of("runs", name, "report.html")));
    assertThat(report.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "sandbox")
        .doesNotContain("http", "script-src");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/depth/runs/none",
        "/depth/runs/..%2f..%2fetc",
        "/depth/runs/none/curves",
        "/depth/runs/none/profile/activation_norm",
        "/depth/comparisons/none",
        "/depth/comparisons/none/report",
        "/depth/files/none.js",
        "/depth/files/..%2fDepthModule.class",
        "/depth/files/index.html%00"
      })
  void what_is_not_there_is_answered_with_404_and_a_reason(String path) throws IOException {
    HttpResponse<String> answer = server.get(path);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(MAPPER.readTree(answer.body()).path("error").asText()).isNotEmpty();
  }

  @Test
  void a_question_that_is_none_is_answered_with_400() throws IOException {
    run("a", 100);
    assertThat(server.get("/depth/runs?from=-1").statusCode()).isEqualTo(400);
    assertThat(server.get("/depth/runs?from=9999999999").statusCode()).isEqualTo(400);
    assertThat(server.get("/depth/runs/a/profile/%3Cb%3E").statusCode()).isEqualTo(400);
    assertThat(server.get("/depth/runs?from=9999999").statusCode()).isEqualTo(200);
  }

  @Test
  void damaged_logs_and_records_are_told_and_the_rest_goes_on() throws IOException {
    SyntheticRun run = run("worn", 100).train(1, 5);
    Files.writeString(
        run.directory().metricsCsv(),
        Files.readString(run.directory().metricsCsv()) + "rubbish\n6,0,batch,loss,0.25\n");
    JsonNode curves = json("/depth/runs/worn/curves");
    assertThat(curves.path("problem").asText()).contains("metrics.csv", "1 fields, not 5");
    JsonNode loss = series(curves, "batch", "loss");
    assertThat(loss.path("mean").get(5).asDouble()).isEqualTo(0.25);
    Files.writeString(run.directory().runJson(), "{");
    assertThat(json("/depth/runs/worn").path("problem").asText()).contains("damaged");
    Path compared = Files.createDirectories(runs.resolve("compared"));
    Files.writeString(compared.resolve("comparison.csv"), "rubbish\n");
    HttpResponse<String> table = server.get("/depth/comparisons/compared");
    assertThat(table.statusCode()).isEqualTo(500);
    assertThat(MAPPER.readTree(table.body()).path("error").asText()).contains("comparison.csv");
  }

  @Test
  void a_run_that_is_removed_while_it_is_watched_is_gone() throws IOException {
    run("watched", 100).train(1, 5);
    assertThat(series(json("/depth/runs/watched/curves"), "batch", "loss").path("mean").size())
        .isEqualTo(5);
    FileUtils.deleteDirectory(runs.resolve("watched").toFile());
    assertThat(server.get("/depth/runs/watched/curves").statusCode()).isEqualTo(404);
    assertThat(server.get("/depth/runs/watched").statusCode()).isEqualTo(404);
  }

  @Test
  void the_page_names_no_other_host_and_needs_no_script_of_its_own_text() throws IOException {
    HttpResponse<String> page = server.get("/depth");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body())
        .doesNotContain("http:", "https:", "//cdn", "style=", "onclick")
        .doesNotContainPattern("<script[^>]*>[^<]");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'")
        .doesNotContain("unsafe");
    for (String file :
        new String[] {
          "depth.css",
          "depth.js",
          "runs.js",
          "heatmap.js",
          "charts.js",
          "comparison.js",
          "common.js"
        }) {
      HttpResponse<String> answer = server.get("/depth/files/" + file);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).doesNotContain("http:", "https:", "innerHTML", "eval(");
    }
  }

  @Test
  void a_metric_whose_name_is_none_is_not_told() throws IOException {
    SyntheticRun run = run("named", 100).train(1, 3).profile(1);
    Files.writeString(
        run.directory().statsDb(),
        "{\"kind\":\"sample\",\"iteration\":2,\"depth\":{\"layers\":[0,100],"
            + "\"a/../b\":[1,2],\"activation_norm\":[\"x\",3]}}\n");
    Files.writeString(
        run.directory().depthProfileCsv(),
        Files.readString(run.directory().depthProfileCsv()) + "2,0,<b>,1\n");
    JsonNode profile = json("/depth/runs/named/profile/activation_norm");
    assertThat(profile.path("metrics").toString()).doesNotContain("/").doesNotContain("<");
    assertThat(profile.path("problem").asText()).contains("activation_norm");
  }
}
