package org.fathom4j.ui.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.ui.model.stats.api.StatsInitializationReport;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.api.StatsType;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.StatsLog;
import org.fathom4j.ui.Runs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStatsTest {

  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir private Path home;
  private RunDirectory run;

  @BeforeEach
  void record() throws IOException {
    run = new RunDirectory(Files.createDirectory(home.resolve("20260102-030405-mzas")));
    Runs.starting(run.name()).write(run.runJson());
  }

  private RunStats stats() throws IOException {
    return RunStats.of(run, "run");
  }

  private static List<StatsReport> reports(RunStats stats) {
    return stats
        .getAllUpdatesAfter("run", StatsReports.TYPE, StatsReports.WORKER, Long.MIN_VALUE)
        .stream()
        .map(StatsReport.class::cast)
        .toList();
  }

  private static ObjectNode sample(int iteration) {
    ObjectNode sample = JsonNodeFactory.instance.objectNode();
    sample
        .put("time", START.toEpochMilli() + iteration)
        .put("loss", 1.0 / iteration)
        .put("learningRate", 0.25)
        .put("examples", 20)
        .put("seconds", iteration * 0.5);
    ObjectNode summary = sample.putObject("parameters").putObject("1_VW");
    summary.put("mean", 0.5).put("deviation", 2).put("magnitude", 3).put("smallest", -1);
    summary.put("largest", 7).putArray("counts").add(4).add(5);
    return sample;
  }

  private void write(int first, int last) throws IOException {
    try (StatsLog log = StatsLog.open(run.statsDb(), first - 1)) {
      for (int i = first; i <= last; i++) {
        log.sample(i, sample(i));
      }
    }
  }

  @Test
  void samples_are_reports_of_the_framework() throws IOException {
    write(1, 3);
    StatsReport report = reports(stats()).get(2);
    assertThat(report.getIterationCount()).isEqualTo(3);
    assertThat(report.getScore()).isEqualTo(1.0 / 3);
    assertThat(report.getTotalExamples()).isEqualTo(60);
    assertThat(report.getMinibatchesPerSecond()).isEqualTo(2);
    assertThat(report.getLearningRates()).containsEntry("1_VW", 0.25);
    assertThat(report.getStdev(StatsType.Parameters)).containsEntry("1_VW", 2.0);
    assertThat(report.getHistograms(StatsType.Parameters).get("1_VW").getBinCounts())
        .containsExactly(4, 5);
    assertThat(report.getMean(StatsType.Gradients)).isEmpty();
  }

  @Test
  void a_run_that_was_not_monitored_shows_its_losses_at_the_times_they_were_measured()
      throws IOException {
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      for (int i = 1; i <= 3000; i++) {
        log.append(i, 0, "batch", "loss", 1.0 / i);
        log.append(i, 0, "batch", "seconds", 0.1 * i);
        log.append(i, 0, "test", "loss", 77);
      }
    }
    List<StatsReport> reports = reports(stats());
    assertThat(reports).hasSizeBetween(500, 1024);
    assertThat(reports.get(0).getScore()).isEqualTo(1);
    assertThat(reports.get(0).getTimeStamp()).isEqualTo(START.toEpochMilli() + 100);
    assertThat(reports).noneMatch(report -> report.getScore() == 77);
  }

  @Test
  void the_parameters_of_a_run_are_known_from_its_record() throws IOException {
    StatsInitializationReport start =
        (StatsInitializationReport)
            stats().getStaticInfo("run", StatsReports.TYPE, StatsReports.WORKER);
    assertThat(start.getModelNumParams()).isEqualTo(1234);
    assertThat(MultiLayerConfiguration.fromJson(start.getModelConfigJson()).getConfs()).isEmpty();
  }

  @Test
  void what_is_added_is_read_and_told_to_listeners() throws IOException {
    write(1, 2);
    RunStats stats = stats();
    AtomicInteger told = new AtomicInteger();
    stats.registerStatsStorageListener(event -> told.incrementAndGet());
    stats.refresh();
    assertThat(told).hasValue(0);
    try (StatsLog log = StatsLog.open(run.statsDb(), 2)) {
      stats.refresh();
      log.sample(3, sample(3));
      stats.refresh();
    }
    assertThat(told.get()).isPositive();
    assertThat(reports(stats)).extracting(StatsReport::getIterationCount).containsExactly(1, 2, 3);
  }

  @Test
  void a_run_that_becomes_monitored_when_it_is_resumed_shows_its_samples() throws IOException {
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      log.append(1, 0, "batch", "loss", 5);
    }
    RunStats stats = stats();
    assertThat(reports(stats)).extracting(StatsReport::getScore).containsExactly(5.0);
    write(1, 2);
    stats.refresh();
    assertThat(reports(stats)).extracting(StatsReport::getIterationCount).containsExactly(1, 2);
  }

  @Test
  void a_damaged_file_shows_what_can_be_read_of_it() throws IOException {
    write(1, 2);
    Files.writeString(
        run.statsDb(),
        "\u0000\u0001\u0002 no JSON\n"
            + "{\"kind\":\"sample\",\"parameters\":7,\"loss\":\"x\",\"time\":{}}\n"
            + "{\"kind\":\"start\",\"model\":{\"configuration\":\"{\\\"@class\\\":\\\"x\\\"}\"}}\n",
        StandardOpenOption.APPEND);
    List<StatsReport> reports = reports(stats());
    assertThat(reports).extracting(Persistable::getTimeStamp).contains(START.toEpochMilli() + 2);
  }

  @Test
  void names_that_would_be_HTML_are_left_out() throws IOException {
    try (StatsLog log = StatsLog.open(run.statsDb(), 0)) {
      ObjectNode hostile = sample(1);
      ((ObjectNode) hostile.path("parameters"))
          .putObject("<img src=x onerror=alert(1)>W")
          .put("mean", 1);
      log.sample(1, hostile);
    }
    assertThat(reports(stats()).get(0).getMean(StatsType.Parameters)).containsOnlyKeys("1_VW");
  }

  @Test
  void a_configuration_nested_beyond_reason_is_no_configuration() throws IOException {
    try (StatsLog log = StatsLog.open(run.statsDb(), 0)) {
      ObjectNode start = JsonNodeFactory.instance.objectNode().put("time", 1);
      start.putObject("model").put("configuration", "[".repeat(500_000));
      log.start(start);
    }
    StatsInitializationReport start =
        (StatsInitializationReport)
            stats().getStaticInfo("run", StatsReports.TYPE, StatsReports.WORKER);
    assertThat(MultiLayerConfiguration.fromJson(start.getModelConfigJson()).getConfs()).isEmpty();
  }

  @Test
  void a_directory_without_a_record_is_refused() throws IOException {
    Files.delete(run.runJson());
    assertThatThrownBy(this::stats)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("run.json");
  }

  /**
   * Deeplearning4j's modules lock themselves when they are told of a change, and when they read.
   */
  @Test
  void a_module_that_reads_while_it_is_told_of_changes_waits_for_nobody_who_waits_for_it()
      throws Exception {
    write(1, 1);
    RunStats stats = stats();
    Object module = new Object();
    stats.registerStatsStorageListener(
        event -> {
          synchronized (module) {
            assertThat(event.getSessionID()).isEqualTo("run");
          }
        });
    AtomicBoolean done = new AtomicBoolean();
    Thread reader =
        new Thread(
            () -> {
              while (!done.get()) {
                synchronized (module) {
                  reports(stats);
                }
              }
            });
    reader.setDaemon(true);
    reader.start();
    Thread writer =
        new Thread(
            () -> {
              try (StatsLog log = StatsLog.open(run.statsDb(), 1)) {
                for (int i = 2; i < 1000; i++) {
                  log.sample(i, sample(i));
                  stats.refresh();
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    writer.setDaemon(true);
    writer.start();
    writer.join(60_000);
    done.set(true);
    reader.join(60_000);
    assertThat(writer.isAlive()).isFalse();
    assertThat(reader.isAlive()).isFalse();
    assertThat(reports(stats)).hasSize(999);
  }

  @Test
  void the_losses_of_a_run_that_is_not_monitored_are_read_on_while_it_trains() throws IOException {
    RunStats stats;
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      log.append(1, 0, "batch", "loss", 5);
      log.sync();
      stats = stats();
      log.append(1, 0, "batch", "seconds", 0.5);
      log.append(2, 0, "batch", "loss", 4);
    }
    stats.refresh();
    assertThat(reports(stats)).extracting(StatsReport::getScore).containsExactly(5.0, 4.0);
    assertThat(reports(stats).get(0).getTimeStamp()).isEqualTo(START.toEpochMilli() + 500);
  }

  @Test
  void rows_that_are_none_hide_no_losses() throws IOException {
    Files.writeString(
        run.metricsCsv(),
        MetricLog.HEADER + "\n1,0,batch,loss,5\n2,0,batch,loss,x\n\u0000\n3,0,batch,loss,4\n");
    assertThat(reports(stats())).extracting(StatsReport::getScore).containsExactly(5.0, 4.0);
  }

  @Test
  void nothing_behind_a_link_is_read() throws IOException {
    Path elsewhere = home.resolve("elsewhere");
    try (MetricLog log = MetricLog.create(elsewhere)) {
      log.append(1, 0, "batch", "loss", 5);
    }
    Files.createSymbolicLink(run.metricsCsv(), elsewhere);
    write(1, 2);
    Files.move(run.statsDb(), home.resolve("stats.db"));
    Files.createSymbolicLink(run.statsDb(), home.resolve("stats.db"));
    assertThat(reports(stats())).isEmpty();
  }

  @Test
  void samples_without_end_are_not_all_held() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= 3000; i++) {
      lines.append("{\"kind\":\"sample\",\"iteration\":%d,\"time\":%d}%n".formatted(i, i));
    }
    Files.writeString(run.statsDb(), lines);
    RunStats stats = stats();
    assertThat(reports(stats)).hasSize(StatsLog.MOST_SAMPLES);
    Files.writeString(
        run.statsDb(),
        "{\"kind\":\"sample\",\"iteration\":3001,\"time\":3001}\n",
        StandardOpenOption.APPEND);
    stats.refresh();
    assertThat(reports(stats)).hasSize(StatsLog.MOST_SAMPLES);
    assertThat(reports(stats)).extracting(StatsReport::getIterationCount).contains(3001);
  }

  @Test
  void texts_that_would_be_HTML_on_the_pages_are_none() throws IOException {
    String layer =
        new NeuralNetConfiguration.Builder()
            .list()
            .layer(new OutputLayer.Builder().name("NAME").nIn(2).nOut(3).build())
            .build()
            .toJson();
    for (String name : new String[] {"readout", "<img src=x onerror=alert(1)>"}) {
      try (StatsLog log = StatsLog.open(run.statsDb(), 0)) {
        ObjectNode start = JsonNodeFactory.instance.objectNode().put("time", 1);
        start.putObject("software").put("system", name).put("jvm", "a&b");
        start.putObject("model").put("configuration", layer.replace("NAME", name));
        log.start(start);
      }
      StatsInitializationReport start =
          (StatsInitializationReport)
              stats().getStaticInfo("run", StatsReports.TYPE, StatsReports.WORKER);
      assertThat(start.getSwOsName() + start.getSwJvmName()).doesNotContainPattern("[<>&]");
      assertThat(MultiLayerConfiguration.fromJson(start.getModelConfigJson()).getConfs())
          .hasSize(name.equals("readout") ? 1 : 0);
    }
  }
}
