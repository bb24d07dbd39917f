package org.fathom4j.ui.stats;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.ui.model.stats.BaseStatsListener;
import org.deeplearning4j.ui.model.stats.api.Histogram;
import org.deeplearning4j.ui.model.stats.api.StatsInitializationReport;
import org.deeplearning4j.ui.model.stats.api.StatsReport;
import org.deeplearning4j.ui.model.stats.api.StatsType;
import org.deeplearning4j.ui.model.stats.impl.java.JavaStatsInitializationReport;
import org.deeplearning4j.ui.model.stats.impl.java.JavaStatsReport;

/**
 * Lines of {@code stats.db} as the reports that Deeplearning4j's pages read; {@link StatsObserver}
 * says what is in them.
 *
 * <p>The file may be from elsewhere: what is missing or of another type becomes 0, empty or left
 * out, never an exception; what a browser would read as markup does not get through.
 */
final class StatsReports {

  /** Deeplearning4j tells sources of reports apart by session, type and worker. */
  static final String TYPE = BaseStatsListener.TYPE_ID;

  static final String WORKER = "trainer";

  /** The framework's pages write names and texts into HTML as they are. */
  private static final Pattern MARKUP = Pattern.compile("[<>&]");

  /** Names of arrays, nothing else. */
  private static final String ARRAY_NAME = "[A-Za-z0-9_]{1,40}";

  /** Of which Deeplearning4j's pages show no layers; without any they log a failure. */
  private static final String NO_LAYERS = noLayers();

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MOST_ARRAYS = 256;
  private static final int MOST_BINS = 1000;

  private final String session;
  private long examples;
  private JsonNode before; // the sample before; null at the start

  StatsReports(String session) {
    this.session = session;
  }

  /** What the pages say of the network and the machine. */
  StatsInitializationReport start(JsonNode line) {
    JavaStatsInitializationReport report = new JavaStatsInitializationReport();
    report.reportIDs(session, TYPE, WORKER, line.path("time").asLong());
    JsonNode software = line.path("software");
    report.reportSoftwareInfo(
        text(software, "architecture"),
        text(software, "system"),
        text(software, "jvm"),
        text(software, "jvmVersion"),
        "",
        text(software, "backend"),
        text(software, "dataType"),
        "",
        session,
        Map.of());
    JsonNode hardware = line.path("hardware");
    report.reportHardwareInfo(
        hardware.path("processors").asInt(),
        0,
        hardware.path("heapMax").asLong(),
        hardware.path("nativeMax").asLong(),
        null,
        null,
        session);
    JsonNode model = line.path("model");
    String configuration = model.path("configuration").asText("");
    report.reportModelInfo(
        MultiLayerNetwork.class.getName(),
        isConfiguration(configuration) ? configuration : NO_LAYERS,
        new String[0],
        model.path("layers").asInt(),
        model.path("parameters").asLong());
    return report;
  }

  private static String noLayers() {
    MultiLayerConfiguration configuration = new MultiLayerConfiguration();
    configuration.setConfs(List.of());
    return configuration.toJson();
  }

  private static boolean isConfiguration(String json) {
    try {
      // Our parser first: it refuses nesting that would exhaust the stack of the framework's.
      JsonNode tree = MAPPER.readTree(json);
      return tree.isObject() && !hasMarkup(tree) && MultiLayerConfiguration.fromJson(json) != null;
    } catch (JsonProcessingException | RuntimeException e) {
      return false;
    }
  }

  /** Whether a text in it, such as the name of a layer, would be markup on the model page. */
  private static boolean hasMarkup(JsonNode tree) {
    Deque<JsonNode> left = new ArrayDeque<>(List.of(tree));
    while (!left.isEmpty()) {
      JsonNode node = left.pop();
      if (node.isTextual() && MARKUP.matcher(node.textValue()).find()) {
        return true;
      }
      node.forEach(left::push);
    }
    return false;
  }

  /** The report of a sample; samples must come in the order of their iterations. */
  StatsReport sample(JsonNode line) {
    JavaStatsReport report = empty(line.path("iteration").asInt(), line.path("time").asLong());
    report.reportScore(line.path("loss").asDouble());
    JsonNode memory = line.path("memory");
    report.reportMemoryUse(
        memory.path("heap").asLong(),
        memory.path("heapMax").asLong(),
        memory.path("native").asLong(),
        memory.path("nativeMax").asLong(),
        null,
        null);
    int iteration = line.path("iteration").asInt();
    int iterationBefore = before == null ? 0 : before.path("iteration").asInt();
    double secondsBefore = before == null ? 0 : before.path("seconds").asDouble();
    double seconds = line.path("seconds").asDouble();
    long batch = line.path("examples").asLong();
    examples += batch * (iteration - iterationBefore);
    double perSecond =
        seconds > secondsBefore ? (iteration - iterationBefore) / (seconds - secondsBefore) : 0;
    report.reportPerformance(
        (long) (1000 * seconds), examples, iteration, batch * perSecond, perSecond);
    report(report, StatsType.Parameters, line.path("parameters"));
    report(report, StatsType.Gradients, line.path("gradients"));
    report(report, StatsType.Updates, line.path("updates"));
    report(report, StatsType.Activations, line.path("activations"));
    Map<String, Double> rates = new HashMap<>();
    double rate = line.path("learningRate").asDouble();
    report.getMeanMagnitudes(StatsType.Parameters).keySet().forEach(name -> rates.put(name, rate));
    report.reportLearningRates(rates);
    before = line;
    return report;
  }

  /** A report of a run that nobody sampled: its loss. */
  StatsReport loss(int iteration, long time, double loss) {
    JavaStatsReport report = empty(iteration, time);
    report.reportScore(loss);
    report.reportMemoryUse(0, 0, 0, 0, null, null);
    report.reportLearningRates(Map.of());
    for (StatsType type : StatsType.values()) {
      report(report, type, null);
    }
    return report;
  }

  private JavaStatsReport empty(int iteration, long time) {
    JavaStatsReport report = new JavaStatsReport();
    report.reportIDs(session, TYPE, WORKER, time);
    report.reportIterationCount(iteration);
    return report;
  }

  private static void report(StatsReport report, StatsType type, JsonNode arrays) {
    Map<String, Double> means = new HashMap<>();
    Map<String, Double> deviations = new HashMap<>();
    Map<String, Double> magnitudes = new HashMap<>();
    Map<String, Histogram> histograms = new HashMap<>();
    if (arrays != null) {
      for (Map.Entry<String, JsonNode> field : arrays.properties()) {
        String name = field.getKey();
        if (name.matches(ARRAY_NAME) && means.size() < MOST_ARRAYS) {
          JsonNode summary = field.getValue();
          means.put(name, number(summary, "mean"));
          deviations.put(name, number(summary, "deviation"));
          magnitudes.put(name, number(summary, "magnitude"));
          histograms.put(name, histogram(summary));
        }
      }
    }
    report.reportMean(type, means);
    report.reportStdev(type, deviations);
    report.reportMeanMagnitudes(type, magnitudes);
    report.reportHistograms(type, histograms);
  }

  private static Histogram histogram(JsonNode summary) {
    List<Integer> counts = new ArrayList<>();
    for (JsonNode count : summary.path("counts")) {
      if (counts.size() < MOST_BINS) {
        counts.add(count.asInt());
      }
    }
    return new Histogram(
        number(summary, "smallest"),
        number(summary, "largest"),
        counts.size(),
        counts.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Numbers that are not finite stand as strings in JSON. */
  private static double number(JsonNode summary, String key) {
    return summary.path(key).asDouble(Double.NaN);
  }

  private static String text(JsonNode node, String key) {
    String text = MARKUP.matcher(node.path(key).asText("")).replaceAll(" ");
    return text.length() > 200 ? text.substring(0, 200) : text;
  }
}
