package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.fathom4j.init.Growth;
import org.fathom4j.record.RegularFile;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.ui.depth.RunCatalogue.Comparison;
import org.fathom4j.ui.depth.RunCatalogue.Run;

/**
 * The numbers of the page: every answer is JSON of less than 200 kB, whatever lies on disk. For any
 * number of threads.
 */
final class DepthPages {

  /** A list goes on in a next answer after so many characters. */
  private static final int LIST_CHARACTERS = 120_000;

  private static final int MOST_RUNS_IN_LIST = 200;

  /** Comparisons before the first run; the rest are found by searching. */
  private static final int COMPARISON_CHARACTERS = 40_000;

  /** Read of a log for one answer; the page asks again until it has all. */
  static final long BYTES_PER_ANSWER = 32 << 20;

  private static final long LARGEST_REPORT = 64 << 20;
  private static final long LARGEST_TABLE = 32 << 20;

  /** A run writes at each checkpoint, about one a minute, if not more often. */
  private static final Duration SILENCE_OF_LIVING = Duration.ofMinutes(3);

  private final RunCatalogue catalogue;
  private final Histories histories = new Histories();

  DepthPages(RunCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * The list of runs and comparisons.
   *
   * @param search words that must all occur in what the list tells of a run; without any, the runs
   *     of comparisons are only counted, but for those that are running
   * @param from number of the first run to tell
   */
  Answer list(String search, int from) throws IOException {
    List<String> words = List.of(search.toLowerCase(Locale.ROOT).strip().split("\\s+"));
    List<Run> all = catalogue.runs();
    List<Run> runs =
        all.stream()
            .filter(
                run ->
                    search.isBlank()
                        ? run.comparison() == null || isLive(run)
                        : containsAll(words(run), words))
            .toList();
    List<Comparison> comparisons =
        catalogue.comparisons().stream()
            .filter(comparison -> containsAll(comparison.name() + " comparison", words))
            .toList();
    return Answers.json(
        json -> {
          json.writeStartObject();
          Answers.writeText(json, "directory", catalogue.directory().toString());
          json.writeNumberField("total", runs.size());
          if (search.isBlank()) {
            json.writeNumberField("inComparisons", all.size() - runs.size());
          }
          json.writeArrayFieldStart("comparisons");
          for (int i = 0; from == 0 && i < comparisons.size(); i++) {
            if (length(json) > COMPARISON_CHARACTERS) {
              break;
            }
            json.writeStartObject();
            writeHead(json, comparisons.get(i));
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("runs");
          int next = from;
          while (next < runs.size()
              && next - from < MOST_RUNS_IN_LIST
              && length(json) < LIST_CHARACTERS) {
            json.writeStartObject();
            writeHead(json, runs.get(next++));
            json.writeEndObject();
          }
          json.writeEndArray();
          if (next < runs.size()) {
            json.writeNumberField("next", next);
          }
          json.writeEndObject();
        });
  }

  private static int length(JsonGenerator json) throws IOException {
    json.flush();
    return ((StringWriter) json.getOutputTarget()).getBuffer().length();
  }

  private static boolean containsAll(String text, List<String> words) {
    String lower = text.toLowerCase(Locale.ROOT);
    return words.stream().allMatch(lower::contains);
  }

  private static String words(Run run) {
    if (run.record() == null) {
      return run.name() + " damaged " + run.id();
    }
    JsonNode network = run.record().specification().path("architecture");
    return String.join(
        " ",
        run.id(),
        run.name(),
        network.path("initialization").asText(),
        "depth=" + network.path("depth").asText(),
        run.record().status().word(),
        isLive(run) ? "running" : "");
  }

  /** Whether someone seems to be at work on it: the record alone cannot tell a killed process. */
  private static boolean isLive(Run run) {
    return run.record() != null
        && run.record().status() == RunStatus.INCOMPLETE
        && run.written().isAfter(Instant.now().minus(SILENCE_OF_LIVING));
  }

  private static void writeHead(JsonGenerator json, Comparison comparison) throws IOException {
    json.writeStringField("id", comparison.id());
    json.writeStringField("name", comparison.name());
    json.writeBooleanField("table", comparison.table());
    json.writeBooleanField("report", comparison.report());
    Answers.writeText(json, "problem", comparison.problem());
    if (comparison.record() != null) {
      json.writeStringField("status", comparison.record().status().word());
      json.writeNumberField("runs", comparison.record().runs());
      json.writeStringField("started", comparison.record().timing().started().toString());
    }
  }

  private static void writeHead(JsonGenerator json, Run run) throws IOException {
    json.writeStringField("id", run.id());
    json.writeStringField("name", run.name());
    Answers.writeText(json, "comparison", run.comparison());
    Answers.writeText(json, "problem", run.problem());
    json.writeStringField("written", run.written().toString());
    json.writeBooleanField("live", isLive(run));
    RunRecord record = run.record();
    if (record == null) {
      return;
    }
    JsonNode network = record.specification().path("architecture");
    json.writeStringField("status", record.status().word());
    Answers.writeText(json, "init", network.path("initialization").asText());
    json.writeNumberField("depth", network.path("depth").asInt());
    json.writeNumberField("seed", record.specification().path("seed").asLong());
    json.writeFieldName("learningRate");
    Answers.writeNumber(
        json, record.specification().path("optimization").path("learningRate").asDouble());
    json.writeStringField("started", record.timing().started().toString());
    if (record.last() != null) {
      json.writeNumberField("iteration", record.last().iteration());
    }
  }

  /** All the page says about one run. */
  Answer run(String id) throws IOException {
    Optional<Run> found = catalogue.find(id);
    if (found.isEmpty()) {
      return noSuchRun();
    }
    Run run = found.get();
    int newest;
    double seconds;
    Histories.History history = histories.of(run.directory());
    synchronized (history) {
      history.curves.update(BYTES_PER_ANSWER);
      newest = history.curves.newest();
      seconds = history.curves.newestSeconds();
    }
    return Answers.json(
        json -> {
          json.writeStartObject();
          writeHead(json, run);
          if (run.record() != null) {
            write(json, run.record(), newest, seconds);
          }
          json.writeEndObject();
        });
  }

  private static void write(
      JsonGenerator json, RunRecord record, int loggedIteration, double loggedSeconds)
      throws IOException {
    JsonNode network = record.specification().path("architecture");
    JsonNode optimization = record.specification().path("optimization");
    int measured = record.last() == null ? 0 : record.last().iteration();
    json.writeNumberField("newest", Math.max(loggedIteration, measured));
    json.writeNumberField("width", network.path("width").asInt());
    json.writeNumberField("hiddenWidth", network.path("hiddenWidth").asInt());
    writeWord(json, "block", network);
    writeWord(json, "activation", network);
    writeWord(json, "loss", network);
    writeWord(json, "precision", network);
    writeWord(json, "method", optimization);
    Answers.writeText(json, "schedule", optimization.path("schedule").asText());
    json.writeNumberField("batchSize", optimization.path("batchSize").asInt());
    for (String length : List.of("iterations", "epochs")) {
      if (optimization.path(length).isNumber()) {
        json.writeNumberField(length, optimization.path(length).asInt());
      }
    }
    Answers.writeText(json, "data", record.data().name());
    Answers.writeText(json, "kernel", record.kernelInUse().name());
    json.writeNumberField("parameters", record.parameters());
    json.writeFieldName("workSeconds");
    Answers.writeNumber(json, Math.max(record.timing().seconds(), loggedSeconds));
    if (record.timing().ended() != null) {
      json.writeStringField("ended", record.timing().ended().toString());
    }
    Answers.writeText(json, "why", record.why());
    if (record.divergence() != null) {
      json.writeObjectFieldStart("divergence");
      json.writeNumberField("iteration", record.divergence().iteration());
      Answers.writeText(json, "where", record.divergence().where());
      json.writeNumberField("layer", record.divergence().layer());
      Answers.writeText(json, "cause", record.divergence().cause());
      json.writeEndObject();
    }
    Optional<Growth> growth = StartLaw.of(record);
    if (growth.isPresent()) {
      json.writeObjectFieldStart("growth");
      json.writeFieldName("perBlock");
      Answers.writeNumber(json, growth.get().perBlock());
      if (growth.get().overflow().isPresent()) {
        json.writeNumberField("overflow", growth.get().overflow().getAsInt());
      }
      json.writeEndObject();
    }
  }

  private static void writeWord(JsonGenerator json, String name, JsonNode from) throws IOException {
    Answers.writeText(json, name, from.path(name).asText().toLowerCase(Locale.ROOT));
  }

  /** Loss, accuracy and gradient norm. */
  Answer curves(String id, String known) throws IOException {
    Optional<Run> run = catalogue.find(id);
    if (run.isEmpty()) {
      return noSuchRun();
    }
    Histories.History history = histories.of(run.get().directory());
    synchronized (history) {
      history.curves.update(BYTES_PER_ANSWER);
      return Answers.json("c" + history.curves.stamp(), known, history.curves::write);
    }
  }

  /** Norms by layer and iteration. */
  Answer profile(String id, String metric, String known) throws IOException {
    Optional<Run> run = catalogue.find(id);
    if (run.isEmpty()) {
      return noSuchRun();
    }
    if (!DepthColumns.isMetric(metric)) {
      return Answers.error(400, "The name of a metric is a word such as activation_norm.");
    }
    RunRecord record = run.get().record();
    Optional<Growth> growth = record == null ? Optional.empty() : StartLaw.of(record);
    Histories.History history = histories.of(run.get().directory());
    synchronized (history) {
      history.depth.update(BYTES_PER_ANSWER);
      String state = "p" + history.depth.stamp() + "." + metric + "." + growth.hashCode();
      return Answers.json(state, known, json -> history.depth.write(json, metric, growth));
    }
  }

  /** What a comparison found. */
  Answer comparison(String id, String known) throws IOException {
    Optional<Comparison> found = catalogue.findComparison(id);
    if (found.isEmpty()) {
      return noSuchComparison();
    }
    Comparison comparison = found.get();
    Path csv = comparison.directory().comparisonCsv();
    Optional<BasicFileAttributes> file = RegularFile.attributes(csv);
    long there = catalogue.runs().stream().filter(run -> id.equals(run.comparison())).count();
    String state =
        String.join(
            ".",
            "t" + comparison.written().toEpochMilli(),
            file.map(attributes -> Long.toString(attributes.size())).orElse("none"),
            Long.toString(there));
    if (Answers.tag(state).equals(known)) {
      return Answer.unchanged(known);
    }
    if (file.isPresent() && file.get().size() > LARGEST_TABLE) {
      return Answers.error(500, csv + " is larger than any table of ours.");
    }
    Optional<ComparisonTable> table =
        file.isPresent() ? Optional.of(ComparisonTable.read(comparison)) : Optional.empty();
    return Answers.json(
        state,
        null,
        json -> {
          json.writeStartObject();
          writeHead(json, comparison);
          json.writeNumberField("there", there);
          if (comparison.record() != null) {
            json.writeFieldName("chanceAccuracy");
            Answers.writeNumber(json, comparison.record().chanceAccuracy());
          }
          if (table.isPresent()) {
            table.get().write(json);
          }
          json.writeEndObject();
        });
  }

  /** A comparison's own page. */
  Answer report(String id, String known) throws IOException {
    Optional<Path> page =
        catalogue.findComparison(id).map(comparison -> comparison.directory().reportHtml());
    Optional<BasicFileAttributes> file = page.flatMap(RegularFile::attributes);
    if (file.isEmpty()) {
      return Answers.error(404, "This comparison has no report.html, or is gone.");
    }
    if (file.get().size() > LARGEST_REPORT) {
      return Answers.error(500, page.get() + " is larger than any report of ours.");
    }
    String tag =
        Answers.tag("r" + file.get().lastModifiedTime().toMillis() + "." + file.get().size());
    if (tag.equals(known)) {
      return Answer.unchanged(tag);
    }
    try (InputStream in = Files.newInputStream(page.get(), LinkOption.NOFOLLOW_LINKS)) {
      return new Answer(
          200,
          "text/html;charset=utf-8",
          Answer.SEALED,
          tag,
          in.readNBytes(Math.toIntExact(LARGEST_REPORT)));
    }
  }

  private static Answer noSuchRun() {
    return Answers.error(404, "There is no such run, or it was removed.");
  }

  private static Answer noSuchComparison() {
    return Answers.error(404, "There is no such comparison, or it was removed.");
  }
}
