package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.fathom4j.record.GrowingFile;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;

/**
 * Loss, accuracy and gradient norm of a run from {@code metrics.csv}, in bounded memory however
 * long the run.
 *
 * <p>The log of a run is written once a second. What the monitor has sampled meanwhile, in {@code
 * stats.db}, stands at the end of the loss until the log has it.
 *
 * <p>A time is that of the iteration's update, seconds at work since the start of the run, read off
 * the log's own {@code seconds} and interpolated between them.
 */
final class CurveHistory implements GrowingFile.Reader, SampledStats.Listener {

  /** Buckets of one curve. */
  static final int MOST_OF_ONE = 500;

  /** Buckets of all curves of a run: some 50 bytes each as JSON. */
  static final int MOST_OF_ALL = 3200;

  private static final List<String> SPLITS = List.of("batch", "train", "test", "theory");
  private static final List<String> METRICS = List.of("loss", "accuracy", "gradient_norm");

  private record Curve(String split, String metric) implements Comparable<Curve> {

    @Override
    public int compareTo(Curve other) {
      int bySplit = SPLITS.indexOf(split) - SPLITS.indexOf(other.split);
      return bySplit != 0 ? bySplit : METRICS.indexOf(metric) - METRICS.indexOf(other.metric);
    }
  }

  /** What a monitor's file holds at most. */
  private static final int MOST_SAMPLES = 1024;

  private record Sample(double loss, double seconds) {}

  private final GrowingFile file;
  private final SampledStats samples;
  private final TreeMap<Integer, Sample> ahead = new TreeMap<>(); // of the log
  private static final Curve LOSS_OF_BATCH = new Curve("batch", "loss");

  private final Map<Curve, Envelope> curves = new TreeMap<>();
  private Envelope seconds;
  private int newest;
  private double newestSeconds;

  CurveHistory(RunDirectory run, SampledStats samples) {
    file = new GrowingFile(run.metricsCsv(), MetricLog.HEADER, this);
    this.samples = samples;
    samples.tell(this);
    restart();
  }

  @Override
  public void samplesRestart() {
    ahead.clear();
  }

  @Override
  public void sample(int iteration, ObjectNode sample) {
    ahead.put(
        iteration,
        new Sample(
            sample.path("loss").asDouble(Double.NaN), sample.path("seconds").asDouble(Double.NaN)));
    if (ahead.size() > MOST_SAMPLES) {
      ahead.pollFirstEntry();
    }
  }

  @Override
  public void restart() {
    curves.clear();
    seconds = new Envelope(MOST_OF_ONE);
    newest = 0;
    newestSeconds = 0;
  }

  @Override
  public void line(String line) {
    String[] fields = line.split(",", -1);
    if (fields.length != 5) {
      throw new IllegalArgumentException(fields.length + " fields, not 5");
    }
    int iteration = Integer.parseInt(fields[0]);
    double value = Double.parseDouble(fields[4]);
    newest = Math.max(newest, iteration);
    if (fields[3].equals("seconds")) {
      if (Double.isFinite(value)) {
        seconds.add(iteration, value);
        newestSeconds = value;
      }
    } else if (SPLITS.contains(fields[2]) && METRICS.contains(fields[3])) {
      curves
          .computeIfAbsent(new Curve(fields[2], fields[3]), c -> new Envelope(MOST_OF_ONE))
          .add(iteration, value);
    }
  }

  /** Reads what has been added, at most so many bytes. */
  void update(long most) throws IOException {
    file.update(most);
    samples.update();
    ahead.headMap(newest, true).clear();
  }

  /** The newest iteration that is known. */
  int newest() {
    return ahead.isEmpty() ? newest : ahead.lastKey();
  }

  /** Seconds at work up to there. */
  double newestSeconds() {
    return ahead.isEmpty() ? newestSeconds : ahead.lastEntry().getValue().seconds();
  }

  String stamp() {
    return file.stamp() + "." + samples.news();
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    Answers.writeProgress(json, file);
    json.writeArrayFieldStart("series");
    Map<Curve, List<Envelope.Bucket>> all = new TreeMap<>();
    curves.forEach((curve, values) -> all.put(curve, List.of(values.buckets(MOST_OF_ONE))));
    if (!ahead.isEmpty()) {
      all.merge(LOSS_OF_BATCH, sampled(Sample::loss), CurveHistory::joined);
    }
    int most = Math.min(MOST_OF_ONE, MOST_OF_ALL / Math.max(1, all.size()));
    for (Map.Entry<Curve, List<Envelope.Bucket>> curve : all.entrySet()) {
      json.writeStartObject();
      json.writeStringField("split", curve.getKey().split());
      json.writeStringField("metric", curve.getKey().metric());
      write(json, List.of(Envelope.coarser(curve.getValue(), most)));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private List<Envelope.Bucket> sampled(ToDoubleFunction<Sample> value) {
    return ahead.entrySet().stream()
        .map(sample -> Envelope.Bucket.of(sample.getKey(), value.applyAsDouble(sample.getValue())))
        .toList();
  }

  private static List<Envelope.Bucket> joined(
      List<Envelope.Bucket> first, List<Envelope.Bucket> second) {
    List<Envelope.Bucket> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private void write(JsonGenerator json, List<Envelope.Bucket> buckets) throws IOException {
    json.writeArrayFieldStart("iteration");
    for (Envelope.Bucket bucket : buckets) {
      json.writeNumber(bucket.iteration());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("seconds");
    for (double time : times(buckets)) {
      Answers.writeNumber(json, time);
    }
    json.writeEndArray();
    write(json, "mean", buckets, Envelope.Bucket::mean);
    if (buckets.stream().anyMatch(bucket -> bucket.values() > 1)) {
      write(json, "low", buckets, Envelope.Bucket::low);
      write(json, "high", buckets, Envelope.Bucket::high);
    }
  }

  private static void write(
      JsonGenerator json,
      String name,
      List<Envelope.Bucket> buckets,
      ToDoubleFunction<Envelope.Bucket> value)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (Envelope.Bucket bucket : buckets) {
      Answers.writeNumber(json, value.applyAsDouble(bucket));
    }
    json.writeEndArray();
  }

  /** When the buckets' iterations were made; NaN as long as no time is known. */
  private List<Double> times(List<Envelope.Bucket> buckets) {
    Envelope.Bucket[] known =
        Stream.concat(Stream.of(seconds.buckets(MOST_OF_ONE)), sampled(Sample::seconds).stream())
            .filter(bucket -> !bucket.isHole())
            .toArray(Envelope.Bucket[]::new);
    List<Double> times = new ArrayList<>(buckets.size());
    int next = 0;
    for (Envelope.Bucket bucket : buckets) {
      while (next < known.length && known[next].iteration() < bucket.iteration()) {
        next++;
      }
      if (known.length == 0) {
        times.add(Double.NaN);
      } else if (next == known.length) {
        times.add(known[next - 1].high());
      } else {
        int from = next == 0 ? 0 : known[next - 1].iteration();
        double start = next == 0 ? 0 : known[next - 1].high();
        int length = known[next].iteration() - from;
        double part = length == 0 ? 1 : (bucket.iteration() - from) / (double) length;
        times.add(start + part * (known[next].high() - start));
      }
    }
    return times;
  }
}
