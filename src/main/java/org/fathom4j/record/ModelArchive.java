package org.fathom4j.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Networks as zip files that DL4J's stock {@code ModelSerializer} reads, and that are safe to read
 * here whoever made them.
 *
 * <table>
 *   <caption>Entries</caption>
 *   <tr><td>{@code configuration.json}</td><td>the network's configuration</td></tr>
 *   <tr><td>{@code coefficients.bin}</td><td>all parameters, as {@code Nd4j.write} writes them</td></tr>
 *   <tr><td>{@code updaterState.bin}</td><td>the updater's state, when there is any</td></tr>
 *   <tr><td>{@code fathom.json}</td><td>optional, ours; the stock reader ignores it</td></tr>
 * </table>
 *
 * <p>Stock reading inflates whatever there is, hands {@code preprocessor.bin} to Java
 * deserialization and believes every length it is told. Here any other entry is refused, every
 * entry's actual length is bounded (arrays by the configuration's own parameter count), and sums
 * are checked. The configuration is read as JSON only; a class it names must be a kind of layer,
 * activation and so on, and be on the class path.
 *
 * <p>Writing is atomic ({@link AtomicFile}), streams arrays of any length, and is a function of the
 * network: equal networks give equal bytes.
 */
public final class ModelArchive {

  /** Largest entry that is read unless the caller says otherwise: 2^33 bytes, 8 GiB. */
  public static final long DEFAULT_LARGEST_ENTRY_BYTES = 1L << 33;

  private static final String CONFIGURATION = "configuration.json";
  private static final String COEFFICIENTS = "coefficients.bin";
  private static final String UPDATER_STATE = "updaterState.bin";
  private static final String EXTRA = "fathom.json";
  private static final Set<String> ENTRIES =
      Set.of(CONFIGURATION, COEFFICIENTS, UPDATER_STATE, EXTRA);

  /** Ten thousand separate layers take 12 MB. */
  private static final int LARGEST_CONFIGURATION_BYTES = 1 << 27;

  private static final int LARGEST_EXTRA_BYTES = 1 << 24;
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /**
   * What an archive holds.
   *
   * @param network ready to use, with the framework's own updater
   * @param hasUpdaterState whether the updater goes on where it was, rather than start anew
   * @param extra the entry {@code fathom.json}
   */
  public record Content<N extends Model>(
      N network, boolean hasUpdaterState, Optional<JsonNode> extra) {}

  private ModelArchive() {}

  /**
   * Writes a network.
   *
   * @param network a {@link MultiLayerNetwork} or {@link ComputationGraph} in float or double
   * @param withUpdater whether to save what training needs to go on
   * @throws IOException naming file and cure; an existing file is then untouched
   */
  public static void write(Path file, Model network, boolean withUpdater) throws IOException {
    write(file, network, withUpdater, Optional.empty());
  }

  /** Writes a network together with a tree of our own, the entry {@code fathom.json}. */
  public static void write(Path file, Model network, boolean withUpdater, Optional<JsonNode> extra)
      throws IOException {
    INDArray parameters = network.params();
    if (parameters == null || parameters.isEmpty()) {
      throw new IllegalArgumentException(
          "The network for " + file + " has no parameters: call init() before it is saved.");
    }
    requireSupported(parameters.dataType());
    byte[] configuration = configuration(network).getBytes(StandardCharsets.UTF_8);
    INDArray state = withUpdater ? updaterState(network) : null;
    AtomicFile.write(
        file, out -> writeEntries(out, configuration, parameters, state, extra.orElse(null)));
  }

  private static void writeEntries(
      OutputStream out, byte[] configuration, INDArray parameters, INDArray state, JsonNode extra)
      throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.setLevel(Deflater.BEST_SPEED); // weights hardly shrink at any level
    begin(zip, CONFIGURATION);
    zip.write(configuration);
    begin(zip, COEFFICIENTS);
    writeArray(zip, parameters);
    if (state != null && !state.isEmpty()) {
      begin(zip, UPDATER_STATE);
      writeArray(zip, state);
    }
    if (extra != null) {
      begin(zip, EXTRA);
      zip.write(RecordJson.pretty(extra));
    }
    zip.finish();
  }

  private static void begin(ZipOutputStream zip, String name) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
  }

  private static void writeArray(ZipOutputStream zip, INDArray array) throws IOException {
    DataOutputStream data = new DataOutputStream(zip);
    StockArray.write(array, data);
    data.flush();
  }

  private static void requireSupported(DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          "Only networks in float or double can be saved, not in " + type + ".");
    }
  }

  private static String configuration(Model network) {
    if (network instanceof MultiLayerNetwork layers) {
      return layers.getLayerWiseConfigurations().toJson();
    }
    if (network instanceof ComputationGraph graph) {
      return graph.getConfiguration().toJson();
    }
    throw new IllegalArgumentException(
        "Only a MultiLayerNetwork or a ComputationGraph can be saved, not a "
            + network.getClass().getName()
            + ".");
  }

  private static INDArray updaterState(Model network) {
    return network instanceof MultiLayerNetwork layers
        ? layers.getUpdater().getStateViewArray()
        : ((ComputationGraph) network).getUpdater().getStateViewArray();
  }

  /**
   * Reads a {@link MultiLayerNetwork}, with its updater's state when the archive has it.
   *
   * <p>The network gets the framework's own updater; whoever prefers another implementation
   * installs it with {@code getUpdater().getStateViewArray()}.
   *
   * @throws ModelArchiveException when the file is damaged, alien or unsafe, naming it and the cure
   */
  public static MultiLayerNetwork read(Path file) throws IOException {
    return readContent(file, DEFAULT_LARGEST_ENTRY_BYTES).network();
  }

  /**
   * Reads a network's configuration alone, as JSON.
   *
   * @throws ModelArchiveException when the file is damaged or alien, naming it and the cure
   */
  public static String readConfiguration(Path file) throws IOException {
    try (ArchiveReader archive = new ArchiveReader(file, ENTRIES)) {
      byte[] configuration = archive.bytes(CONFIGURATION, LARGEST_CONFIGURATION_BYTES);
      tree(archive, CONFIGURATION, configuration);
      return new String(configuration, StandardCharsets.UTF_8);
    }
  }

  /** Reads a {@link ComputationGraph}; as {@link #read} in all else. */
  public static ComputationGraph readGraph(Path file) throws IOException {
    return readGraphContent(file, DEFAULT_LARGEST_ENTRY_BYTES).network();
  }

  /**
   * Reads everything, with an own limit.
   *
   * @param largestEntryBytes longer entries are refused even when the configuration justifies them
   */
  public static Content<MultiLayerNetwork> readContent(Path file, long largestEntryBytes)
      throws IOException {
    return read(file, largestEntryBytes, ModelArchive::layers);
  }

  /** Reads everything of a graph, with an own limit. */
  public static Content<ComputationGraph> readGraphContent(Path file, long largestEntryBytes)
      throws IOException {
    return read(file, largestEntryBytes, ModelArchive::graph);
  }

  /**
   * A configuration that was understood: how long its parameters are and how to build with them.
   */
  private interface Plan<N extends Model> {

    long parameters();

    N build(INDArray parameters);

    INDArray updaterState(N network);

    void setUpdaterState(N network, INDArray state);
  }

  @FunctionalInterface
  private interface Planner<N extends Model> {

    Plan<N> plan(Path file, String json, JsonNode tree) throws ModelArchiveException;
  }

  private static <N extends Model> Content<N> read(
      Path file, long largestEntryBytes, Planner<N> planner) throws IOException {
    try (ArchiveReader archive = new ArchiveReader(file, ENTRIES)) {
      byte[] configuration =
          archive.bytes(CONFIGURATION, Math.min(largestEntryBytes, LARGEST_CONFIGURATION_BYTES));
      JsonNode tree = tree(archive, CONFIGURATION, configuration);
      String json = new String(configuration, StandardCharsets.UTF_8);
      Plan<N> plan = attempt(file, "its configuration", () -> planner.plan(file, json, tree));
      long expected = attempt(file, "its configuration", plan::parameters);
      INDArray parameters =
          readArray(archive, file, COEFFICIENTS, expected, null, largestEntryBytes);
      N network = attempt(file, "the network it describes", () -> plan.build(parameters));
      if (network.numParams() != parameters.length()) {
        throw lengthMismatch(file, COEFFICIENTS, network.numParams(), parameters.length());
      }
      boolean hasState = archive.has(UPDATER_STATE);
      if (hasState) {
        INDArray view = attempt(file, "its updater", () -> plan.updaterState(network));
        long stateLength = view == null ? 0 : view.length();
        INDArray state =
            readArray(
                archive,
                file,
                UPDATER_STATE,
                stateLength,
                view == null ? null : view.dataType(),
                largestEntryBytes);
        attempt(
            file,
            "its updater",
            () -> {
              plan.setUpdaterState(network, state);
              return state;
            });
      }
      Optional<JsonNode> extra =
          archive.has(EXTRA)
              ? Optional.of(
                  tree(
                      archive,
                      EXTRA,
                      archive.bytes(EXTRA, Math.min(largestEntryBytes, LARGEST_EXTRA_BYTES))))
              : Optional.empty();
      return new Content<>(network, hasState, extra);
    }
  }

  private static JsonNode tree(ArchiveReader archive, String name, byte[] bytes)
      throws ModelArchiveException {
    try {
      // Also refuses nesting deep enough to exhaust the stack of the framework's own parser.
      JsonNode tree = RecordJson.MAPPER.readTree(bytes);
      if (!tree.isObject()) {
        throw archive.damaged(name, "it is no JSON object", null);
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw archive.damaged(name, "it is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw e instanceof ModelArchiveException known
          ? known
          : archive.damaged(name, "it is no JSON", e);
    }
  }

  private static INDArray readArray(
      ArchiveReader archive, Path file, String name, long length, DataType type, long limit)
      throws IOException {
    long sensible =
        length > (limit - StockArray.LARGEST_HEADER_BYTES) / Double.BYTES
            ? limit
            : length * Double.BYTES + StockArray.LARGEST_HEADER_BYTES;
    try (ArchiveReader.Entry entry = archive.open(name, sensible);
        DataInputStream in = new DataInputStream(new BufferedInputStream(entry, 1 << 16))) {
      StockArray.Header header = StockArray.readHeader(in);
      if (header.length() != length) {
        throw lengthMismatch(file, name, length, header.length());
      }
      if (type != null && header.type() != type) {
        throw archive.damaged(
            name, "its numbers are " + header.type() + " in a network of " + type, null);
      }
      archive.requireRoomFor(name, header.valueBytes());
      INDArray values = StockArray.readValues(header, in);
      if (in.read() >= 0) {
        throw archive.damaged(name, "bytes follow its " + length + " numbers", null);
      }
      entry.requireEnd();
      return values;
    } catch (StockArray.FormatException e) {
      throw archive.damaged(name, e.getMessage(), e);
    }
  }

  private static ModelArchiveException lengthMismatch(
      Path file, String name, long expected, long found) {
    return new ModelArchiveException(
        file,
        "its configuration needs "
            + expected
            + " numbers in "
            + name
            + ", but the entry holds "
            + found,
        "Configuration and numbers come from different networks; get an intact copy.");
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws ModelArchiveException;
  }

  /** The framework reports a bad configuration by all kinds of unchecked exceptions. */
  private static <T> T attempt(Path file, String what, Step<T> step) throws ModelArchiveException {
    try {
      return step.run();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      Throwable root = e;
      while (root.getCause() != null && root.getCause() != root) {
        root = root.getCause();
      }
      String message = root.getMessage() == null ? root.toString() : root.getMessage();
      String firstLine = message.lines().findFirst().orElse(root.toString());
      throw new ModelArchiveException(
          file,
          what + " cannot be used (" + firstLine + ")",
          "If it names classes of another project, put that project on the class path; otherwise"
              + " get an intact copy.",
          e);
    }
  }

  private static Plan<MultiLayerNetwork> layers(Path file, String json, JsonNode tree)
      throws ModelArchiveException {
    if (!tree.path("confs").isArray() || tree.path("confs").isEmpty()) {
      throw new ModelArchiveException(
          file,
          "its configuration describes no MultiLayerNetwork",
          tree.has("vertices")
              ? "It is a ComputationGraph: load it as one."
              : "Give an archive that DL4J or Fathom4J wrote.");
    }
    MultiLayerConfiguration configuration = MultiLayerConfiguration.fromJson(json);
    return new Plan<>() {
      @Override
      public long parameters() {
        long sum = 0;
        for (NeuralNetConfiguration layer : configuration.getConfs()) {
          sum = Math.addExact(sum, count(layer.getLayer().initializer().numParams(layer)));
        }
        return sum;
      }

      @Override
      public MultiLayerNetwork build(INDArray parameters) {
        configuration.setDataType(parameters.dataType());
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init(parameters, false);
        return network;
      }

      @Override
      public INDArray updaterState(MultiLayerNetwork network) {
        return network.getUpdater().getStateViewArray();
      }

      @Override
      public void setUpdaterState(MultiLayerNetwork network, INDArray state) {
        network.getUpdater().setStateViewArray(network, state, false);
      }
    };
  }

  private static Plan<ComputationGraph> graph(Path file, String json, JsonNode tree)
      throws ModelArchiveException {
    if (!tree.path("vertices").isObject() || tree.path("vertices").isEmpty()) {
      throw new ModelArchiveException(
          file,
          "its configuration describes no ComputationGraph",
          tree.has("confs")
              ? "It is a MultiLayerNetwork: load it as one."
              : "Give an archive that DL4J or Fathom4J wrote.");
    }
    ComputationGraphConfiguration configuration = ComputationGraphConfiguration.fromJson(json);
    return new Plan<>() {
      @Override
      public long parameters() {
        long sum = 0;
        for (Map.Entry<String, GraphVertex> vertex : configuration.getVertices().entrySet()) {
          sum = Math.addExact(sum, count(vertex.getValue().numParams(true)));
        }
        return sum;
      }

      @Override
      public ComputationGraph build(INDArray parameters) {
        configuration.setDataType(parameters.dataType());
        ComputationGraph network = new ComputationGraph(configuration);
        network.init(parameters, false);
        return network;
      }

      @Override
      public INDArray updaterState(ComputationGraph network) {
        return network.getUpdater().getStateViewArray();
      }

      @Override
      public void setUpdaterState(ComputationGraph network, INDArray state) {
        network.getUpdater().setStateViewArray(state);
      }
    };
  }

  private static long count(long parameters) {
    if (parameters < 0) {
      throw new IllegalArgumentException("a layer has " + parameters + " parameters");
    }
    return parameters;
  }
}
