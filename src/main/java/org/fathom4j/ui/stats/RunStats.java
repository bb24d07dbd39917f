package org.fathom4j.ui.stats;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.StatsLog;

/**
 * A run directory as a storage of Deeplearning4j's training UI, read only; also for a UI server of
 * one's own:
 *
 * <pre>{@code
 * RunStats stats = RunStats.of(new RunDirectory(Path.of("runs/20260101-120000-mzas")), "mzas");
 * UIServer.getInstance().attach(stats);
 * }</pre>
 *
 * <p>It shows the samples in {@code stats.db}; of a run that was not monitored, the losses in
 * {@code metrics.csv}. {@link #refresh} reads what was added since and tells the listeners.
 */
public final class RunStats extends InMemoryStatsStorage {

  /** Losses that are shown of a run that was not monitored, at most. */
  private static final int MOST_LOSSES = 1024;

  private final RunDirectory directory;
  private final String session;
  private final StatsLog.Tail samples;

  /**
   * Held while reading. Not this object's own lock: the storage takes that one for the framework's
   * modules, which hold theirs, and listeners called from here wait for these.
   */
  private final Object reading = new Object();

  private StatsReports reports;
  private FileTime metricsRead;
  private boolean sampled;

  private RunStats(RunDirectory directory, String session) {
    this.directory = directory;
    this.session = session;
    samples = new StatsLog.Tail(directory.statsDb());
    reports = new StatsReports(session);
  }

  /**
   * The storage of one run.
   *
   * @param session its name in the UI's paths: letters, digits, dots, hyphens, underscores, tildes
   * @throws IOException if the directory holds no readable {@code run.json}
   */
  public static RunStats of(RunDirectory directory, String session) throws IOException {
    RunStats stats = new RunStats(directory, session);
    stats.putStaticInfo(stats.reports.start(stats.startOfRecord()));
    stats.refresh();
    return stats;
  }

  /** The session whose storage this is. */
  public String session() {
    return session;
  }

  /**
   * Reads what was written since the last call.
   *
   * @throws IOException if a file cannot be read; what was read before stays
   */
  public void refresh() throws IOException {
    synchronized (reading) {
      StatsLog.News news = samples.next();
      if (!news.lines().isEmpty()) {
        sampled = true;
        add(news);
      } else if (!sampled) {
        addLosses();
      }
    }
  }

  private void add(StatsLog.News news) {
    if (news.anew()) {
      reports = new StatsReports(session);
    }
    List<Persistable> updates = new ArrayList<>();
    for (ObjectNode line : news.lines()) {
      if (StatsLog.isStart(line)) {
        putStaticInfo(reports.start(line));
      } else if (StatsLog.isSample(line)) {
        updates.add(reports.sample(line));
      }
    }
    if (news.anew()) {
      replaceBy(updates);
    } else {
      updates.forEach(this::putUpdate);
    }
  }

  /** The losses of all minibatches, thinned out. */
  private void addLosses() throws IOException {
    if (!Files.exists(directory.metricsCsv())) {
      return;
    }
    FileTime written = Files.getLastModifiedTime(directory.metricsCsv());
    if (Objects.equals(written, metricsRead)) {
      return;
    }
    metricsRead = written;
    long started = RunRecord.read(directory.runJson()).timing().started().toEpochMilli();
    Map<Integer, Double> seconds = new HashMap<>();
    List<MetricRow> losses = new ArrayList<>();
    for (MetricRow row : MetricLog.read(directory.metricsCsv())) {
      if (row.split().equals("batch") && row.metric().equals("loss")) {
        losses.add(row);
      } else if (row.split().equals("batch") && row.metric().equals("seconds")) {
        seconds.put(row.iteration(), row.value());
      }
    }
    int every = (losses.size() + MOST_LOSSES - 1) / MOST_LOSSES;
    List<Persistable> updates = new ArrayList<>();
    long last = 0;
    for (int i = 0; i < losses.size(); i += every) {
      MetricRow loss = losses.get(i);
      double elapsed = seconds.getOrDefault(loss.iteration(), 0.0);
      last = Math.max(last + 1, started + (long) (1000 * elapsed));
      updates.add(reports.loss(loss.iteration(), last, loss.value()));
    }
    replaceBy(updates);
  }

  /** Takes these for all there are; their keys are times, which ascend. */
  private void replaceBy(List<Persistable> all) {
    Map<Long, Persistable> held =
        getUpdateMap(session, StatsReports.TYPE, StatsReports.WORKER, true);
    Map<Long, Persistable> wanted = new HashMap<>();
    all.forEach(update -> wanted.put(update.getTimeStamp(), update));
    held.putAll(wanted);
    held.keySet().retainAll(wanted.keySet());
    if (!all.isEmpty()) {
      putUpdate(all.get(all.size() - 1)); // tells the listeners
    }
  }

  /** What is known of a run that nobody sampled. */
  private ObjectNode startOfRecord() throws IOException {
    RunRecord record = RunRecord.read(directory.runJson());
    ObjectNode start =
        JsonNodeFactory.instance.objectNode().put("time", record.timing().started().toEpochMilli());
    start.putObject("software").put("system", record.provenance().os());
    start
        .putObject("hardware")
        .put("processors", record.provenance().cpu().cores())
        .put("heapMax", record.provenance().memory().heapBytes());
    ObjectNode model = start.putObject("model").put("parameters", record.parameters());
    configuration().ifPresent(json -> model.put("configuration", json));
    return start;
  }

  private Optional<String> configuration() {
    try {
      return Files.exists(directory.modelZip())
          ? Optional.of(ModelArchive.readConfiguration(directory.modelZip()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // the pages do without a graph
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
