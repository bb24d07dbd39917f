package org.fathom4j.ui.stats;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RegularFile;
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
 * {@code metrics.csv}. {@link #refresh} reads what was added since and tells the listeners. However
 * long the run, what is held is bounded; a link in place of a file is not followed.
 */
public final class RunStats extends InMemoryStatsStorage {

  private final RunDirectory directory;
  private final String session;
  private final StatsLog.Tail samples;

  /**
   * Held while reading. Not this object's own lock: the storage takes that one for the framework's
   * modules, which hold theirs, and listeners called from here wait for these.
   */
  private final Object reading = new Object();

  private final LossHistory losses;
  private final long started;
  private StatsReports reports;
  private boolean sampled;

  private RunStats(RunDirectory directory, String session, RunRecord record) {
    this.directory = directory;
    this.session = session;
    samples = new StatsLog.Tail(directory.statsDb());
    losses = new LossHistory(directory);
    started = record.timing().started().toEpochMilli();
    reports = new StatsReports(session);
  }

  /**
   * The storage of one run.
   *
   * @param session its name in the UI's paths: letters, digits, dots, hyphens, underscores, tildes
   * @throws IOException if the directory holds no readable {@code run.json}
   */
  public static RunStats of(RunDirectory directory, String session) throws IOException {
    RunRecord record = RunRecord.read(directory.runJson());
    RunStats stats = new RunStats(directory, session, record);
    stats.putStaticInfo(stats.reports.start(stats.startOf(record)));
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
      replaceBy(
          updates.subList(Math.max(0, updates.size() - StatsLog.MOST_SAMPLES), updates.size()));
    } else {
      updates.forEach(this::putUpdate);
      forgetAllBut(StatsLog.MOST_SAMPLES);
    }
  }

  /** A file of ours never has more; what appends without end is from elsewhere. */
  private void forgetAllBut(int most) {
    Map<Long, Persistable> held =
        getUpdateMap(session, StatsReports.TYPE, StatsReports.WORKER, true);
    held.keySet().stream()
        .sorted()
        .limit(Math.max(0, held.size() - most))
        .toList()
        .forEach(held::remove);
  }

  private void addLosses() throws IOException {
    if (!losses.update()) {
      return;
    }
    List<Persistable> updates = new ArrayList<>();
    long last = 0;
    for (LossHistory.Loss loss : losses.losses()) {
      last = Math.max(last + 1, started + (long) (1000 * loss.seconds()));
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
  private ObjectNode startOf(RunRecord record) {
    ObjectNode start = JsonNodeFactory.instance.objectNode().put("time", started);
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
      return RegularFile.attributes(directory.modelZip()).isPresent()
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
