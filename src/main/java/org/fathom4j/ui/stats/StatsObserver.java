package org.fathom4j.ui.stats;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.StatsLog;
import org.fathom4j.train.TrainingObserver;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Samples a training for the monitor, into the run's {@code stats.db}.
 *
 * <pre>
 *   {"kind":"start","time":ms,"model":{…},"software":{…},"hardware":{…}}
 *   {"kind":"sample","iteration":7,"time":ms,"loss":…,"learningRate":…,"examples":…,"seconds":…,
 *    "memory":{"heap":bytes,"heapMax":…,"native":…,"nativeMax":…},
 *    "parameters":{"1_VW":{"mean","deviation","magnitude","smallest","largest","counts":[20]},…},
 *    "gradients":{…},"updates":{…},"activations":{"0":…,"1":…,"2":…},
 *    "depth":{"layers":[0,159,…],"activation_norm":[…],"gradient_norm":[…],"update_norm_V":[…],…}}
 * </pre>
 *
 * <p>{@code time} is in milliseconds since 1970 and ascends strictly; gradients are means over the
 * minibatch; {@code null} in a depth profile stands where a layer has no such norm. What is read,
 * and so what it costs, does not grow with depth ({@link SampledArrays}); how often follows from
 * what it costs ({@link SamplingPace}).
 */
public final class StatsObserver implements TrainingObserver {

  private final MultiLayerNetwork net;
  private final StatsLog log;
  private final SampledArrays arrays;
  private final SamplingPace pace;
  private final LongSupplier nanoTime;
  private final LongSupplier milliTime;

  private ObjectNode sample;
  private long nanos; // taken by the sample that is being made
  private long lastTime;

  StatsObserver(
      RunDirectory directory,
      MultiLayerNetwork net,
      int iteration,
      LongSupplier nanoTime,
      LongSupplier milliTime)
      throws IOException {
    this.net = net;
    this.nanoTime = nanoTime;
    this.milliTime = milliTime;
    arrays = new SampledArrays(net);
    pace = new SamplingPace(nanoTime);
    log = StatsLog.open(directory.statsDb(), iteration);
    log.start(start());
  }

  /** Begins to sample a run; a {@link TrainingObserver.Factory}. */
  public static TrainingObserver begin(RunDirectory directory, MultiLayerNetwork net, int iteration)
      throws IOException {
    return new StatsObserver(
        directory, net, iteration, System::nanoTime, System::currentTimeMillis);
  }

  private ObjectNode start() {
    ObjectNode start = object().put("time", now());
    start
        .putObject("model")
        .put("class", net.getClass().getName())
        .put("configuration", net.getLayerWiseConfigurations().toJson())
        .put("layers", net.getnLayers())
        .put("parameters", net.numParams())
        .set("names", strings(arrays.names()));
    start
        .putObject("software")
        .put("system", System.getProperty("os.name"))
        .put("architecture", System.getProperty("os.arch"))
        .put("jvm", System.getProperty("java.vm.name"))
        .put("jvmVersion", System.getProperty("java.version"))
        .put("backend", Nd4j.getBackend().getClass().getSimpleName())
        .put("dataType", net.params().dataType().name());
    start
        .putObject("hardware")
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("heapMax", Runtime.getRuntime().maxMemory())
        .put("nativeMax", nativeMax());
    return start;
  }

  @Override
  public boolean samples(int iteration) {
    if (!pace.isDue(iteration)) {
      return false;
    }
    sample = object();
    nanos = 0;
    return true;
  }

  @Override
  public void activated(List<INDArray> activations) {
    long began = nanoTime.getAsLong();
    Map<String, ArraySummary> summaries = new LinkedHashMap<>();
    for (int layer : SampledArrays.spread(activations.size() - 1)) {
      summaries.put(String.valueOf(layer), SampledArrays.summaryOfRows(activations.get(layer + 1)));
    }
    put("activations", summaries);
    nanos += nanoTime.getAsLong() - began;
  }

  @Override
  public void differentiated(int examples) {
    long began = nanoTime.getAsLong();
    put("gradients", arrays.summaries(net.getFlattenedGradients(), 1.0 / examples));
    nanos += nanoTime.getAsLong() - began;
  }

  @Override
  public void updated(Update update) throws IOException {
    long began = nanoTime.getAsLong();
    put("parameters", arrays.summaries(net.params(), 1));
    put("updates", arrays.summaries(net.getFlattenedGradients(), 1));
    sample
        .put("time", now())
        .put("loss", update.loss())
        .put("learningRate", update.learningRate())
        .put("examples", update.examples())
        .put("seconds", update.seconds());
    Runtime jvm = Runtime.getRuntime();
    long heap = jvm.totalMemory() - jvm.freeMemory();
    sample
        .putObject("memory")
        .put("heap", heap)
        .put("heapMax", jvm.maxMemory())
        .put("native", Math.max(0, SystemMemory.resident().orElse(0) - jvm.totalMemory()))
        .put("nativeMax", nativeMax());
    if (!update.profile().isEmpty()) {
      sample.set("depth", depth(update.profile()));
    }
    if (log.sample(update.iteration(), sample)) {
      pace.slowDown();
    }
    nanos += nanoTime.getAsLong() - began;
    pace.looked(update.iteration(), nanos);
  }

  /** Columns of equal length: the layers, and each norm at them. */
  private static ObjectNode depth(List<DepthProfileRow> rows) {
    TreeSet<Integer> layers = new TreeSet<>();
    Map<String, Map<Integer, Double>> norms = new TreeMap<>();
    for (DepthProfileRow row : rows) {
      layers.add(row.layer());
      norms.computeIfAbsent(row.metric(), m -> new TreeMap<>()).put(row.layer(), row.value());
    }
    ObjectNode depth = object();
    ArrayNode column = depth.putArray("layers");
    layers.forEach(column::add);
    norms.forEach(
        (metric, values) -> {
          ArrayNode numbers = depth.putArray(metric);
          layers.forEach(layer -> numbers.add(values.get(layer)));
        });
    return depth;
  }

  private void put(String what, Map<String, ArraySummary> summaries) {
    ObjectNode node = sample.putObject(what);
    summaries.forEach(
        (name, summary) -> {
          ArrayNode counts =
              node.putObject(name)
                  .put("mean", summary.mean())
                  .put("deviation", summary.deviation())
                  .put("magnitude", summary.magnitude())
                  .put("smallest", summary.smallest())
                  .put("largest", summary.largest())
                  .putArray("counts");
          for (int count : summary.counts()) {
            counts.add(count);
          }
        });
  }

  /** Deeplearning4j keys samples by their time: no two may have the same. */
  private long now() {
    lastTime = Math.max(lastTime + 1, milliTime.getAsLong());
    return lastTime;
  }

  private static long nativeMax() {
    return SystemMemory.available().orElse(0) + SystemMemory.resident().orElse(0);
  }

  private static ArrayNode strings(List<String> names) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    names.forEach(array::add);
    return array;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
