package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;

/**
 * Loss, accuracy and gradient norm of a run from {@code metrics.csv}, in bounded memory however
 * long the run.
 *
 * <p>A time is that of the iteration's update, seconds at work since the start of the run, read off
 * the log's own {@code seconds} and interpolated between them.
 */
final class CurveHistory implements GrowingFile.Reader {

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

  private final GrowingFile file;
  private final Map<Curve, Envelope> curves = new TreeMap<>();
  private Envelope seconds;
  private int newest;
  private double newestSeconds;

  CurveHistory(RunDirectory run) {
    file = new GrowingFile(run.metricsCsv(), MetricLog.HEADER, this);
    restart();
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
  }

  /** The newest iteration in the log. */
  int newest() {
    return newest;
  }

  /** Seconds at work up to there. */
  double newestSeconds() {
    return newestSeconds;
  }

  String stamp() {
    return file.stamp();
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    Answers.writeProgress(json, file);
    json.writeArrayFieldStart("series");
    int most = Math.min(MOST_OF_ONE, MOST_OF_ALL / Math.max(1, curves.size()));
    for (Map.Entry<Curve, Envelope> curve : curves.entrySet()) {
      json.writeStartObject();
      json.writeStringField("split", curve.getKey().split());
      json.writeStringField("metric", curve.getKey().metric());
      write(json, List.of(curve.getValue().buckets(most)));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
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
    Envelope.Bucket[] known = seconds.buckets(MOST_OF_ONE);
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
