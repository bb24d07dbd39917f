package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetricLogTest {

  private static final String HEADER = "iteration,epoch,split,metric,value\n";

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("metrics.csv");
  }

  @Test
  void rowsAreWrittenUnderThePromisedHeader() throws IOException {
    try (MetricLog log = MetricLog.create(file)) {
      log.append(0, 0, "test", "accuracy", 0.1);
      log.append(12, 3, "batch", "loss", 1.0 / 3);
    }

    assertThat(file)
        .hasContent(HEADER + "0,0,test,accuracy,0.1\n12,3,batch,loss,0.3333333333333333\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.1",
    "100, 100.0",
    "2e-44, 2.0E-44",
    "2e23, 2.0E23",
    "4.9e-324, 4.9E-324",
    "1e22, 1.0E22",
    "-0.0, -0.0",
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity"
  })
  void aNumberIsItsShortestDecimal(double value, String text) {
    assertThat(CsvLog.decimal(value)).isEqualTo(text);
  }

  @Test
  void everyDoubleReadsBackAsItself() throws IOException {
    long seed = 20250304;
    Random random = new Random(seed);
    List<MetricRow> rows = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      rows.add(
          new MetricRow(i, i / 7, "train", "loss", Double.longBitsToDouble(random.nextLong())));
    }
    try (MetricLog log = MetricLog.create(file)) {
      for (MetricRow row : rows) {
        log.append(row);
      }
    }

    assertThat(MetricLog.read(file)).as("seed %d", seed).isEqualTo(rows);
  }

  @Test
  void theSyncedLengthIsTheLengthOnDisk() throws IOException {
    try (MetricLog log = MetricLog.create(file)) {
      assertThat(log.sync()).isEqualTo(HEADER.length()).isEqualTo(Files.size(file));
      log.append(1, 0, "batch", "loss", 2);
      assertThat(Files.size(file)).isEqualTo(HEADER.length());
      assertThat(log.sync()).isEqualTo(Files.size(file)).isGreaterThan(HEADER.length());
    }
  }

  @Test
  void aReopenedLogEqualsAnUnbrokenOne() throws IOException {
    Path unbroken = directory.resolve("unbroken.csv");
    try (MetricLog log = MetricLog.create(unbroken)) {
      appendRows(log, 0, 9);
    }
    long length;
    try (MetricLog log = MetricLog.create(file)) {
      appendRows(log, 0, 5);
      length = log.sync();
      appendRows(log, 5, 8);
    }
    Files.writeString(file, Files.readString(file) + "8,0,bat"); // killed in the middle of a row

    try (MetricLog log = MetricLog.reopen(file, length)) {
      appendRows(log, 5, 9);
      assertThat(log.sync()).isEqualTo(Files.size(unbroken));
    }

    assertThat(file).hasSameBinaryContentAs(unbroken);
  }

  private static void appendRows(MetricLog log, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      log.append(i, 0, "batch", "loss", 1.0 / (i + 1));
    }
  }

  @Test
  void anInterruptedThreadStillLogs() throws IOException {
    try (MetricLog log = MetricLog.create(file)) {
      Thread.currentThread().interrupt();
      log.append(1, 0, "batch", "loss", 2);
      log.sync();
      assertThat(Thread.interrupted()).isTrue();
      log.append(2, 0, "batch", "loss", 1);
    }

    assertThat(MetricLog.read(file)).hasSize(2);
  }

  @Test
  void anExistingFileIsNotOverwritten() throws IOException {
    Files.writeString(file, "mine");

    assertThatThrownBy(() -> MetricLog.create(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Will not overwrite " + file);
    assertThat(file).hasContent("mine");
  }

  @Test
  void aShorterFileThanTheCheckpointSawIsRefused() throws IOException {
    Files.writeString(file, HEADER);

    assertThatThrownBy(() -> MetricLog.reopen(file, 1000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            file + ": it has 35 bytes, but its checkpoint was written after 1000");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 5, 36, 40})
  void aLengthThatEndsNoRowIsRefusedAndTheFileUntouched(long length) throws IOException {
    String content = HEADER + "1,0,batch,loss,2.0\n";
    Files.writeString(file, content);

    assertThatThrownBy(() -> MetricLog.reopen(file, length))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("are not whole rows under the header");
    assertThat(file).hasContent(content);
  }

  @Test
  void anotherHeaderIsRefusedOnReopening() throws IOException {
    Files.writeString(file, DepthProfileLog.HEADER + "\n1,0,activation_norm,2.0\n");

    assertThatThrownBy(() -> MetricLog.reopen(file, Files.size(file)))
        .hasMessageContaining("are not whole rows under the header iteration,epoch");
  }

  @Test
  void aFileThatIsGoneIsRefusedOnReopening() {
    assertThatThrownBy(() -> MetricLog.reopen(file, 35))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ": it is gone");
  }

  @Test
  void aClosedLogTakesNoRows() throws IOException {
    MetricLog log = MetricLog.create(file);
    log.close();
    log.close();

    assertThatThrownBy(() -> log.append(1, 0, "batch", "loss", 2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ": it is closed");
    assertThatThrownBy(log::sync).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b", "a b", "ä", "\"a\"", "a\n", "1a"})
  void aNameThatWouldNeedQuotingIsRefused(String name) {
    assertThatThrownBy(() -> new MetricRow(0, 0, "train", name, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("A metric must be a letter");
    assertThatThrownBy(() -> new MetricRow(0, 0, name, "loss", 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DepthProfileRow(0, 0, name, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Every write to this device fails as on a full disk. */
  @Test
  void aFullDiskIsNamedWithFileAndCure() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "needs /dev/full");
    try (CsvLog log = new CsvLog(full, 0)) {
      log.append("1,0,batch,loss,2.0");

      assertThatThrownBy(log::sync)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Cannot write /dev/full: No space left on device")
          .hasMessageContaining("Check that the disk has space left");
      assertThatThrownBy(() -> log.append("2")).hasMessageContaining("it is closed");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "iteration,ep", HEADER, HEADER + "1,0,batch,loss,0.1", HEADER + "1"})
  void whatNoNewlineEndsIsNotARow(String content) throws IOException {
    Files.writeString(file, content);

    assertThat(MetricLog.read(file)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,0,batch,loss | expected 5 fields, found '1,0,batch,loss'",
        "1,0,batch,loss,1,2 | expected 5 fields",
        "'' | expected 5 fields",
        "x,0,batch,loss,1 | cannot read",
        "1.5,0,batch,loss,1 | cannot read",
        "-1,0,batch,loss,1 | must not be negative",
        "1,0,batch,loss,one | cannot read",
        "1,0,,loss,1 | A split must be"
      })
  void aMalformedLineIsNamedByItsNumber(String line, String message) throws IOException {
    Files.writeString(file, HEADER + "1,0,batch,loss,2.0\n" + line + "\n2,0,batch,loss,1.0\n");

    assertThatThrownBy(() -> MetricLog.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ", line 3: ")
        .hasMessageContaining(message);
  }

  @Test
  void anAlienHeaderIsNamed() throws IOException {
    Files.writeString(file, "a,b\n");

    assertThatThrownBy(() -> MetricLog.read(file))
        .hasMessageStartingWith(file + ", line 1: expected the header 'iteration,epoch,");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> MetricLog.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("There is no " + file);
  }

  @Test
  void depthProfilesFollowTheSameRules() throws IOException {
    Path profile = directory.resolve("depth_profile.csv");
    List<DepthProfileRow> rows =
        List.of(
            new DepthProfileRow(0, 0, "activation_norm", 1.5),
            new DepthProfileRow(0, 100, "update_norm_U", 0),
            new DepthProfileRow(10, 7, "gradient_norm", Double.NaN));
    long length;
    try (DepthProfileLog log = DepthProfileLog.create(profile)) {
      log.append(rows.get(0));
      length = log.sync();
      log.append(5, 5, "lost", 5);
    }
    try (DepthProfileLog log = DepthProfileLog.reopen(profile, length)) {
      log.append(rows.get(1));
      log.append(rows.get(2));
    }

    assertThat(DepthProfileLog.read(profile)).isEqualTo(rows);
    assertThat(profile)
        .hasContent(
            "iteration,layer,metric,value\n"
                + "0,0,activation_norm,1.5\n0,100,update_norm_U,0.0\n10,7,gradient_norm,NaN\n");
  }
}
