package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.fathom4j.init.Growth;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.GrowingFile;
import org.fathom4j.record.RunDirectory;

/**
 * Norms along the depth of a run over its iterations, wherever they are written: the one place that
 * knows.
 *
 * <p>That is {@code depth_profile.csv}, at the iterations that were evaluated, and {@code
 * stats.db}, at those that the monitor sampled.
 */
final class DepthHistory {

  private final DepthColumns columns = new DepthColumns();
  private final GrowingFile file;
  private final DepthColumns sampled = new DepthColumns();
  private final SampledStats samples;

  DepthHistory(RunDirectory run, SampledStats samples) {
    this.samples = samples;
    samples.tell(
        new SampledStats.Listener() {
          @Override
          public void samplesRestart() {
            sampled.clear();
          }

          @Override
          public void sample(int iteration, ObjectNode sample) {
            add(iteration, sample.path("depth"));
          }
        });
    file =
        new GrowingFile(
            run.depthProfileCsv(),
            DepthProfileLog.HEADER,
            new GrowingFile.Reader() {
              @Override
              public void restart() {
                columns.clear();
              }

              @Override
              public void line(String line) {
                String[] fields = line.split(",", -1);
                if (fields.length != 4) {
                  throw new IllegalArgumentException(fields.length + " fields, not 4");
                }
                columns.add(
                    Integer.parseInt(fields[0]),
                    Integer.parseInt(fields[1]),
                    fields[2],
                    Double.parseDouble(fields[3]));
              }
            });
  }

  /** Reads what has been added, at most so many bytes. */
  void update(long most) throws IOException {
    file.update(most);
    samples.update();
  }

  private void add(int iteration, JsonNode depth) {
    JsonNode layers = depth.path("layers");
    for (Map.Entry<String, JsonNode> metric : depth.properties()) {
      boolean norms = metric.getValue() != layers && DepthColumns.isMetric(metric.getKey());
      for (int i = 0; norms && i < layers.size(); i++) {
        JsonNode value = metric.getValue().path(i);
        if (layers.path(i).asInt(-1) >= 0 && isNumber(value)) {
          sampled.add(
              iteration, layers.path(i).asInt(), metric.getKey(), value.asDouble(Double.NaN));
        }
      }
    }
  }

  /** JSON has no number for infinity and NaN: they stand there as words. */
  private static boolean isNumber(JsonNode value) {
    return value.isNumber() || value.isTextual();
  }

  /** The newest iteration with a profile. */
  int newest() {
    return Math.max(columns.newestIteration(), sampled.newestIteration());
  }

  String stamp() {
    return file.stamp() + "." + samples.news();
  }

  private List<String> metrics() {
    Set<String> all = new TreeSet<>(columns.metrics());
    all.addAll(sampled.metrics());
    return List.copyOf(all);
  }

  /** One metric as a matrix of decimal logarithms, and what the theory says of its start. */
  void write(JsonGenerator json, String metric, Optional<Growth> growth) throws IOException {
    DepthColumns.Matrix matrix = columns.matrix(metric).with(sampled.matrix(metric));
    json.writeStartObject();
    Answers.writeProgress(json, file);
    json.writeArrayFieldStart("metrics");
    for (String name : metrics()) {
      json.writeString(Answers.clipped(name));
    }
    json.writeEndArray();
    json.writeStringField("metric", metric);
    json.writeFieldName("layers");
    json.writeArray(matrix.layers(), 0, matrix.layers().length);
    json.writeFieldName("iterations");
    json.writeArray(matrix.iterations(), 0, matrix.iterations().length);
    json.writeArrayFieldStart("log10");
    for (float[] column : matrix.log10()) {
      json.writeStartArray();
      for (float value : column) {
        write(json, value);
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    if (growth.isPresent()) {
      Optional<double[]> start = StartLaw.log10(growth.get(), metric, matrix);
      if (start.isPresent()) {
        json.writeObjectFieldStart("theory");
        json.writeNumberField("perBlock", growth.get().perBlock());
        json.writeArrayFieldStart("log10");
        for (double value : start.get()) {
          write(json, (float) value);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }

  /** Three decimals: a quarter of a percent of the norm. */
  private static void write(JsonGenerator json, float log10) throws IOException {
    if (Float.isNaN(log10)) {
      json.writeNull();
    } else if (log10 == DepthColumns.NOT_A_NUMBER) {
      json.writeString("NaN");
    } else if (Float.isInfinite(log10)) {
      json.writeString(log10 > 0 ? "infinite" : "zero");
    } else {
      json.writeNumber(Math.round(log10 * 1000.0) / 1000.0);
    }
  }
}
