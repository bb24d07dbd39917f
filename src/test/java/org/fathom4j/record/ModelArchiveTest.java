package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

class ModelArchiveTest {

  private static final String CONFIGURATION = "configuration.json";
  private static final String COEFFICIENTS = "coefficients.bin";
  private static final String UPDATER = "updaterState.bin";

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("model.zip");
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void entriesAreByteForByteThoseOfTheStockSerializer(DataType type) throws IOException {
    MultiLayerNetwork network = Networks.trained(type);
    File stock = directory.resolve("stock.zip").toFile();

    ModelArchive.write(file, network, true);
    ModelSerializer.writeModel(network, stock, true);

    Map<String, byte[]> ours = entries(file);
    assertThat(ours).containsOnlyKeys(CONFIGURATION, COEFFICIENTS, UPDATER);
    entries(stock.toPath())
        .forEach((name, bytes) -> assertThat(ours.get(name)).as(name).isEqualTo(bytes));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void theStockSerializerReadsWhatWeWrite(DataType type) throws IOException {
    MultiLayerNetwork network = Networks.trained(type);
    ModelArchive.write(
        file, network, true, Optional.of(JsonNodeFactory.instance.objectNode().put("x", 1)));

    assertSameFuture(network, ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true), type);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void weReadWhatTheStockSerializerWrites(DataType type) throws IOException {
    MultiLayerNetwork network = Networks.trained(type);
    ModelSerializer.writeModel(network, file.toFile(), true);

    assertSameFuture(network, ModelArchive.read(file), type);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT", "DOUBLE"})
  void weReadWhatWeWrite(DataType type) throws IOException {
    MultiLayerNetwork network = Networks.trained(type);
    ModelArchive.write(file, network, true);

    assertSameFuture(network, ModelArchive.read(file), type);
  }

  /** Equal parameters, updater and counters now, and equal bits after two more steps. */
  private static void assertSameFuture(
      MultiLayerNetwork expected, MultiLayerNetwork actual, DataType type) {
    assertThat(actual.params().dataType()).isEqualTo(type);
    assertThat(actual.params()).isEqualTo(expected.params());
    assertThat(actual.getUpdater().getStateViewArray())
        .isEqualTo(expected.getUpdater().getStateViewArray());
    assertThat(actual.getIterationCount()).isEqualTo(3).isEqualTo(expected.getIterationCount());
    assertThat(actual.getEpochCount()).isEqualTo(expected.getEpochCount());
    for (int i = 0; i < 2; i++) {
      expected.fit(Networks.examples(type));
      actual.fit(Networks.examples(type));
    }
    assertThat(bits(actual.params())).isEqualTo(bits(expected.params()));
  }

  private static long[] bits(INDArray array) {
    double[] values = array.toDoubleVector();
    long[] bits = new long[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(values[i]);
    }
    return bits;
  }

  @Test
  void equalNetworksGiveEqualBytes() throws IOException {
    Path again = directory.resolve("again.zip");
    ModelArchive.write(file, Networks.trained(DataType.FLOAT), true);
    ModelArchive.write(again, Networks.trained(DataType.FLOAT), true);

    assertThat(file).hasSameBinaryContentAs(again);
  }

  @Test
  void nonFiniteParametersKeepTheirBits() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    network.params().putScalar(3, Float.NaN);
    network.params().putScalar(4, Float.NEGATIVE_INFINITY);
    network.params().putScalar(5, -0.0f);
    ModelArchive.write(file, network, false);

    assertThat(bits(ModelArchive.read(file).params())).isEqualTo(bits(network.params()));
  }

  @Test
  void anArrayLongerThanTheCopyBufferIsWhole() throws IOException {
    INDArray array = Nd4j.arange(100_003).castTo(DataType.FLOAT);
    ByteArrayOutputStream stock = new ByteArrayOutputStream();
    ByteArrayOutputStream ours = new ByteArrayOutputStream();

    Nd4j.write(array, new DataOutputStream(stock));
    StockArray.write(array, new DataOutputStream(ours));

    assertThat(ours.toByteArray()).isEqualTo(stock.toByteArray());
    var in = new DataInputStream(new ByteArrayInputStream(ours.toByteArray()));
    assertThat(StockArray.readValues(StockArray.readHeader(in), in)).isEqualTo(array);
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void aViewIsWrittenAsItsOwnValuesOnly() throws IOException {
    INDArray matrix = Nd4j.arange(35).castTo(DataType.DOUBLE).reshape(5, 7);
    INDArray column = matrix.getColumn(2);
    ByteArrayOutputStream stock = new ByteArrayOutputStream();
    ByteArrayOutputStream ours = new ByteArrayOutputStream();

    Nd4j.write(column, new DataOutputStream(stock));
    StockArray.write(column, new DataOutputStream(ours));

    assertThat(ours.toByteArray()).isEqualTo(stock.toByteArray());
  }

  @Test
  void anArchiveWithoutUpdaterStateSaysSo() throws IOException {
    ModelArchive.write(file, Networks.trained(DataType.FLOAT), false);

    ModelArchive.Content<MultiLayerNetwork> content =
        ModelArchive.readContent(file, ModelArchive.DEFAULT_LARGEST_ENTRY_BYTES);

    assertThat(content.hasUpdaterState()).isFalse();
    assertThat(content.extra()).isEmpty();
  }

  @Test
  void plainGradientDescentHasNoUpdaterStateToSave() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT, new Sgd(0.1));
    ModelArchive.write(file, network, true);

    assertThat(entries(file)).containsOnlyKeys(CONFIGURATION, COEFFICIENTS);
    assertThat(ModelArchive.read(file).params()).isEqualTo(network.params());
  }

  @Test
  void graphsGoBothWaysToo() throws IOException {
    ComputationGraph graph = Networks.trainedGraph();
    ModelArchive.write(file, graph, true);
    ComputationGraph byStock = ModelSerializer.restoreComputationGraph(file.toFile(), true);
    ModelSerializer.writeModel(byStock, file.toFile(), true);

    ComputationGraph ours = ModelArchive.readGraph(file);

    assertThat(ours.params()).isEqualTo(graph.params());
    assertThat(ours.getUpdater().getStateViewArray())
        .isEqualTo(graph.getUpdater().getStateViewArray());
    assertThat(ours.getIterationCount()).isEqualTo(1);
  }

  @Test
  void aGraphReadAsLayersIsRecognizedAndTheOtherWayRound() throws IOException {
    ModelArchive.write(file, Networks.trainedGraph(), true);
    assertRefused("describes no MultiLayerNetwork", "It is a ComputationGraph");

    ModelArchive.write(file, Networks.trained(DataType.FLOAT), true);
    assertThatThrownBy(() -> ModelArchive.readGraph(file))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("It is a MultiLayerNetwork");
  }

  @Test
  void anUninitializedNetworkIsNotSaved() {
    MultiLayerNetwork network =
        new MultiLayerNetwork(Networks.configuration(DataType.FLOAT, new Sgd(0.1)));

    assertThatThrownBy(() -> ModelArchive.write(file, network, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("call init()");
    assertThat(file).doesNotExist();
  }

  @Test
  @SuppressWarnings("deprecation")
  void aHalfPrecisionNetworkIsNotSaved() {
    assertThatThrownBy(
            () -> ModelArchive.write(file, Networks.trained(DataType.HALF, new Sgd(0.1)), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("float or double");
    assertThat(directory).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "this is no zip", "PK\u0003\u0004 neither is this"})
  void aFileThatIsNoZipIsRefused(String content) throws IOException {
    Files.writeString(file, content);

    assertRefused("it is no zip archive, or a truncated one");
  }

  @Test
  void missingFilesAndDirectoriesAreNamed() {
    assertRefused("there is no such file");
    assertThatThrownBy(() -> ModelArchive.read(directory))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("it is no file");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    ModelArchive.write(file, Networks.trained(DataType.FLOAT), true);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 61) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused("truncated");
    }
  }

  /** A flipped bit is refused, or it hit something that means nothing, such as a time stamp. */
  @Test
  void noFlippedBitChangesTheNetwork() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    ModelArchive.write(file, network, true);
    byte[] whole = Files.readAllBytes(file);
    long seed = 99;
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 50; i++) {
      byte[] flipped = whole.clone();
      int bit = random.nextInt(8 * whole.length);
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      try {
        MultiLayerNetwork read = ModelArchive.read(file);
        assertThat(read.params()).as("bit %d", bit).isEqualTo(network.params());
        assertThat(read.getLayerWiseConfigurations())
            .isEqualTo(network.getLayerWiseConfigurations());
      } catch (ModelArchiveException e) {
        refused++;
      }
    }
    assertThat(refused).as("of 50, seed %d", seed).isGreaterThan(35);
  }

  @ParameterizedTest
  @ValueSource(strings = {"preprocessor.bin", "normalizer.bin"})
  void whatCouldBeDeserializedAsJavaIsRefused(String name) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(name, new byte[] {(byte) 0xac, (byte) 0xed, 0, 5});
    rewrite(entries);

    assertRefused(name, "serialized Java object", "run any code");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../evil", "/etc/passwd", "a/coefficients.bin", "C:\\x", "configuration.json/"})
  void entriesThatArePathsAreRefused(String name) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(name, new byte[0]);
    rewrite(entries);

    assertRefused("its entry '" + name + "' is a path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"readme.txt", "Coefficients.bin", "noParams.marker", "oldUpdater.bin"})
  void unknownEntriesAreRefused(String name) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(name, new byte[1]);
    rewrite(entries);

    assertRefused("unknown entry '" + name + "'", "coefficients.bin, configuration.json");
  }

  @Test
  void duplicateEntriesAreRefused() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put("coefficients.biX", entries.get(COEFFICIENTS));
    rewrite(entries);
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(
        file, bytes.replace("coefficients.biX", COEFFICIENTS), StandardCharsets.ISO_8859_1);

    assertRefused("two entries named coefficients.bin");
  }

  @ParameterizedTest
  @ValueSource(strings = {CONFIGURATION, COEFFICIENTS})
  void missingEntriesAreNamed(String name) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.remove(name);
    rewrite(entries);

    assertRefused("its entry " + name + " is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{\"confs\":[]}",
        "{\"confs\":[null]}",
        "{\"confs\":[{}]}",
        "{\"confs\":[{\"layer\":{\"@class\":\"java.lang.ProcessBuilder\"}}]}",
        "{\"confs\":[{\"layer\":{\"@class\":\"com.example.NotOnTheClassPath\"}}]}",
        "!!javax.script.ScriptEngineManager []"
      })
  void aConfigurationThatIsNoneIsRefused(String json) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(CONFIGURATION, json.getBytes(StandardCharsets.UTF_8));
    rewrite(entries);

    assertRefused("configuration");
  }

  @Test
  void endlessNestingIsRefused() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(
        CONFIGURATION, ("{\"confs\":" + "[".repeat(200_000)).getBytes(StandardCharsets.UTF_8));
    rewrite(entries);

    assertRefused("configuration.json is damaged");
  }

  @Test
  void numbersOfAnotherNetworkAreRefused() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(COEFFICIENTS, array(Nd4j.ones(DataType.FLOAT, 65)));
    rewrite(entries);
    assertRefused("needs 66 numbers in coefficients.bin, but the entry holds 65");

    entries = stockEntries();
    entries.put(UPDATER, array(Nd4j.ones(DataType.FLOAT, 131)));
    rewrite(entries);
    assertRefused("needs 132 numbers in updaterState.bin, but the entry holds 131");
  }

  @Test
  void updaterStateOfAnotherTypeIsRefused() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(UPDATER, array(Nd4j.ones(DataType.DOUBLE, 132)));
    rewrite(entries);

    assertRefused("its numbers are DOUBLE in a network of FLOAT");
  }

  @Test
  void moreBytesThanTheConfigurationNeedsAreRefusedBeforeTheyAreRead() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.put(COEFFICIENTS, array(Nd4j.ones(DataType.FLOAT, 10_000)));
    rewrite(entries);

    assertRefused("coefficients.bin has", "at most 1552 make sense there");
  }

  @Test
  void trailingBytesAreRefused() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    byte[] longer = Arrays.copyOf(entries.get(COEFFICIENTS), 400);
    entries.put(COEFFICIENTS, longer);
    rewrite(entries);

    assertRefused("bytes follow its 66 numbers");
  }

  @Test
  void aConfigurationThatClaimsMoreThanTheFileCanHoldIsRefusedWithoutMakingRoom()
      throws IOException {
    Map<String, byte[]> entries = stockEntries();
    String huge =
        Networks.configuration(DataType.FLOAT, new Adam(0.01))
            .toJson()
            .replace("\"nout\" : 7", "\"nout\" : 100000000")
            .replace("\"nin\" : 7", "\"nin\" : 100000000");
    long parameters = 100_000_000L * (5 + 1) + (100_000_000L + 1) * 3;
    entries.put(CONFIGURATION, huge.getBytes(StandardCharsets.UTF_8));
    byte[] header = array(Nd4j.ones(DataType.FLOAT, 66));
    ByteBuffer.wrap(header).putLong(40, parameters).putLong(98, parameters);
    entries.put(COEFFICIENTS, header);
    rewrite(entries);

    assertRefused("too short for the " + 4 * parameters + " bytes of numbers it claims");
  }

  /** An archive whose directory lies about lengths: what comes out is counted, not believed. */
  @Test
  void anUnderstatedLengthIsNoticed() throws IOException {
    Map<String, byte[]> entries = stockEntries();
    byte[] coefficients = entries.get(COEFFICIENTS);
    rewrite(entries);
    byte[] bytes = Files.readAllBytes(file);
    int directoryEntry =
        new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(COEFFICIENTS) - 46;
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(directoryEntry + 24, coefficients.length - 4);
    Files.write(file, bytes);

    assertRefused("coefficients.bin");
  }

  @Test
  void theCallersOwnLimitHolds() throws IOException {
    ModelArchive.write(file, Networks.trained(DataType.FLOAT), true);

    assertThatThrownBy(() -> ModelArchive.readContent(file, 100))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("at most 100 make sense there");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 17, 20, 30, 36, 44, 85, 100, 108})
  void damageInAnArraysHeaderIsRefused(int position) throws IOException {
    Map<String, byte[]> entries = stockEntries();
    entries.get(COEFFICIENTS)[position] ^= 0x40;
    rewrite(entries);

    assertThatThrownBy(() -> ModelArchive.read(file)).isInstanceOf(ModelArchiveException.class);
  }

  private void assertRefused(String... messages) {
    assertThatThrownBy(() -> ModelArchive.read(file))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageStartingWith("Cannot load the model " + file + ": ")
        .satisfies(e -> assertThat(e.getMessage()).contains(messages));
  }

  private static byte[] array(INDArray array) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Nd4j.write(array, new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private Map<String, byte[]> stockEntries() throws IOException {
    Path stock = directory.resolve("stock.zip");
    ModelSerializer.writeModel(Networks.trained(DataType.FLOAT), stock.toFile(), true);
    return entries(stock);
  }

  private static Map<String, byte[]> entries(Path archive) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      Enumeration<? extends ZipEntry> all = zip.entries();
      for (ZipEntry entry : List.copyOf(Collections.list(all))) {
        entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
      }
    }
    return entries;
  }

  private void rewrite(Map<String, byte[]> entries) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
  }
}
