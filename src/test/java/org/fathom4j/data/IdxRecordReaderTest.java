package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.datavec.api.records.Record;
import org.datavec.api.records.metadata.RecordMetaData;
import org.datavec.api.split.CollectionInputSplit;
import org.datavec.api.writable.NDArrayWritable;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

class IdxRecordReaderTest {

  private static final int N = 23;

  @TempDir Path directory;

  @Test
  void two_files_become_the_records_of_the_split_in_memory() throws Exception {
    IdxRecordReader fromFiles = new IdxRecordReader(TestImages.CLASSES, DataType.FLOAT);
    fromFiles.initialize(files(TestImages.write(directory)));
    IdxRecordReader fromMemory = new IdxRecordReader(TestImages.split(N), DataType.FLOAT);
    for (int i = 0; i < N; i++) {
      assertThat(fromFiles.next()).isEqualTo(fromMemory.next());
    }
    assertThat(fromFiles.hasNext()).isFalse();
    assertThat(fromFiles.getLabels()).isEqualTo(TestImages.CLASSES);
  }

  @Test
  void a_record_is_a_row_of_pixels_and_a_class_number() {
    LabeledImages split = TestImages.split(N);
    IdxRecordReader reader = new IdxRecordReader(split, DataType.DOUBLE);
    reader.skip(13);
    var record = reader.next();
    double[] x = ((NDArrayWritable) record.get(0)).get().toDoubleVector();
    assertThat(x)
        .containsExactly(
            IntStream.range(0, 12).mapToDouble(j -> split.pixel(13, j) / 255.0).toArray());
    assertThat(record.get(1).toInt()).isEqualTo(13 % 5);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void the_stock_iterator_gives_every_image_once_an_epoch_with_a_ragged_last_batch(DataType type) {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), type).shuffle(7);
    RecordReaderDataSetIterator iterator = new RecordReaderDataSetIterator(reader, 5, 1, 5);
    List<List<Integer>> epochs = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      List<Integer> seen = new ArrayList<>();
      List<Integer> sizes = new ArrayList<>();
      while (iterator.hasNext()) {
        DataSet batch = iterator.next();
        assertThat(batch.getFeatures().dataType()).isEqualTo(type);
        assertThat(batch.getLabels().dataType()).isEqualTo(type);
        assertThat(batch.getFeatures().shape()).containsExactly(batch.numExamples(), 12);
        assertThat(batch.getLabels().shape()).containsExactly(batch.numExamples(), 5);
        sizes.add(batch.numExamples());
        seen.addAll(numbers(batch));
      }
      assertThat(sizes).containsExactly(5, 5, 5, 5, 3);
      assertThat(seen).containsExactlyInAnyOrderElementsOf(IntStream.range(0, N).boxed().toList());
      assertThat(reader.epoch()).isEqualTo(epoch);
      epochs.add(seen);
      iterator.reset();
    }
    assertThat(epochs).doesNotHaveDuplicates();
  }

  @Test
  void labels_are_one_hot() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT);
    DataSet batch = new RecordReaderDataSetIterator(reader, 7, 1, 5).next();
    for (int i = 0; i < 7; i++) {
      float[] row = batch.getLabels().getRow(i).toFloatVector();
      for (int c = 0; c < 5; c++) {
        assertThat(row[c]).isEqualTo(c == i % 5 ? 1f : 0f);
      }
    }
  }

  @Test
  void the_order_is_a_pure_function_of_seed_and_epoch() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT).shuffle(7);
    IdxRecordReader other = new IdxRecordReader(TestImages.split(N), DataType.FLOAT).shuffle(7);
    reader.setEpoch(4);
    List<Integer> fourth = labels(reader);
    other.next(11);
    other.setEpoch(2);
    other.next(3);
    other.setEpoch(4);
    assertThat(labels(other)).isEqualTo(fourth);
    other.shuffle(8).setEpoch(4);
    assertThat(labels(other)).isNotEqualTo(fourth);
  }

  @Test
  void resetting_in_the_middle_repeats_the_epoch_and_at_the_end_begins_the_next() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT).shuffle(7);
    reader.nextRecord();
    reader.reset();
    assertThat(reader.epoch()).isEqualTo(0);
    reader.next(N);
    reader.reset();
    assertThat(reader.epoch()).isEqualTo(1);
  }

  @Test
  void records_are_found_again_by_their_meta_data() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT).shuffle(7);
    List<Record> records = new ArrayList<>();
    while (reader.hasNext()) {
      records.add(reader.nextRecord());
    }
    List<RecordMetaData> metaData = records.stream().map(Record::getMetaData).toList();
    List<Record> again = reader.loadFromMetaData(metaData);
    for (int i = 0; i < N; i++) {
      assertThat(again.get(i).getRecord()).isEqualTo(records.get(i).getRecord());
    }
  }

  @Test
  void the_stock_iterator_collects_and_loads_meta_data() throws IOException {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT).shuffle(7);
    RecordReaderDataSetIterator iterator = new RecordReaderDataSetIterator(reader, 4, 1, 5);
    iterator.setCollectMetaData(true);
    DataSet batch = iterator.next();
    DataSet again = iterator.loadFromMetaData(batch.getExampleMetaData(RecordMetaData.class));
    assertThat(again.getFeatures()).isEqualTo(batch.getFeatures());
    assertThat(again.getLabels()).isEqualTo(batch.getLabels());
  }

  @Test
  void seed_0_is_refused() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.split(N), DataType.FLOAT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> reader.shuffle(0))
        .withMessageStartingWith("Seed 0 cannot be used");
  }

  @Test
  void other_data_types_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new IdxRecordReader(TestImages.split(N), DataType.INT32))
        .withMessage("Images are read as FLOAT or DOUBLE arrays, not as INT.");
  }

  @Test
  void one_location_is_not_enough() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.CLASSES, DataType.FLOAT);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> reader.initialize(new CollectionInputSplit(List.of(URI.create("file:/images")))))
        .withMessageContaining("needs two locations");
  }

  @Test
  void swapped_locations_are_recognised() throws IOException {
    TestImages.write(directory);
    URI images = directory.resolve("train-images-idx3-ubyte.gz").toUri();
    URI labels = directory.resolve("train-labels-idx1-ubyte.gz").toUri();
    IdxRecordReader reader = new IdxRecordReader(TestImages.CLASSES, DataType.FLOAT);
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> reader.initialize(new CollectionInputSplit(List.of(labels, images))))
        .withMessageStartingWith(labels.toString())
        .withMessageContaining("swapped?");
  }

  @Test
  void reading_before_initializing_or_past_the_end_is_refused() {
    IdxRecordReader reader = new IdxRecordReader(TestImages.CLASSES, DataType.FLOAT);
    assertThat(reader.hasNext()).isFalse();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(reader::next)
        .withMessageContaining("initialize");
    IdxRecordReader exhausted = new IdxRecordReader(TestImages.split(N), DataType.FLOAT);
    exhausted.skip(N);
    assertThatExceptionOfType(NoSuchElementException.class)
        .isThrownBy(exhausted::next)
        .withMessage("Epoch 0 is over after 23 records: call reset().");
    assertThatIllegalArgumentException().isThrownBy(() -> exhausted.skip(1));
    assertThatIllegalArgumentException().isThrownBy(() -> exhausted.setEpoch(-1));
  }

  private static CollectionInputSplit files(Path directory) {
    return new CollectionInputSplit(
        List.of(
            directory.resolve("train-images-idx3-ubyte.gz").toUri(),
            directory.resolve("train-labels-idx1-ubyte.gz").toUri()));
  }

  private static List<Integer> labels(IdxRecordReader reader) {
    List<Integer> labels = new ArrayList<>();
    while (reader.hasNext()) {
      labels.add(reader.next().get(1).toInt());
    }
    return labels;
  }

  /** The first pixel of a test image is its number. */
  static List<Integer> numbers(DataSet batch) {
    return IntStream.range(0, batch.numExamples())
        .mapToObj(i -> (int) Math.round(255 * batch.getFeatures().getDouble(i, 0)))
        .toList();
  }
}
