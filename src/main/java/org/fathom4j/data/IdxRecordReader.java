package org.fathom4j.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.datavec.api.conf.Configuration;
import org.datavec.api.records.Record;
import org.datavec.api.records.metadata.RecordMetaData;
import org.datavec.api.records.metadata.RecordMetaDataIndex;
import org.datavec.api.records.reader.BaseRecordReader;
import org.datavec.api.split.InputSplit;
import org.datavec.api.writable.IntWritable;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Writable;
import org.datavec.api.writable.batch.NDArrayRecordBatch;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads a pair of IDX files, or a split already in memory, as DataVec records.
 *
 * <p>A record is an image and its class, {@code [X, y]} with {@code X: [1, d]} of pixels divided by
 * 255; a batch of k records is {@code [X, Y]} with {@code X: [k, d]} and one-hot {@code Y: [k,
 * classes]}, both of the reader's data type, so that {@code RecordReaderDataSetIterator(reader, k,
 * 1, classes)} passes them on untouched.
 *
 * <p>The order is a pure function of (seed, epoch): file order unless {@link #shuffle} was called.
 * {@link #reset()} goes on to the next epoch after a complete pass and back to the start of the
 * same epoch otherwise; the iterator reads one record and resets before it begins, and that must
 * not cost an epoch. {@link #setEpoch} goes anywhere.
 */
public class IdxRecordReader extends BaseRecordReader {

  private static final long serialVersionUID = 1L;
  private static final URI MEMORY = URI.create("memory:labeled-images");

  private final String[] classNames;
  private final DataType dataType;
  private boolean shuffled;
  private long seed;

  private LabeledImages images;
  private URI source = MEMORY;
  private int[] order;
  private int epoch;
  private int position;
  private transient Configuration configuration;

  /**
   * A reader to be initialized with a split of two locations, images first.
   *
   * @param classNames what {@link #getLabels()} returns; their number is the number of classes
   * @param dataType {@code FLOAT} or {@code DOUBLE}
   */
  public IdxRecordReader(List<String> classNames, DataType dataType) {
    if (dataType != DataType.FLOAT && dataType != DataType.DOUBLE) {
      throw new IllegalArgumentException(
          "Images are read as FLOAT or DOUBLE arrays, not as " + dataType + ".");
    }
    this.classNames = classNames.toArray(String[]::new);
    this.dataType = dataType;
  }

  /** A reader of images in memory, ready to be read. */
  public IdxRecordReader(LabeledImages images, DataType dataType) {
    this(images.classNames(), dataType);
    this.images = images;
    setEpoch(0);
  }

  /**
   * Draws a new order for every epoch.
   *
   * @param seed any number but 0, which is no seed to ND4J
   * @return this reader, at the start of its epoch
   */
  public final IdxRecordReader shuffle(long seed) {
    if (seed == 0) {
      throw new IllegalArgumentException(
          "Seed 0 cannot be used: ND4J takes it for the time of day. Choose another number.");
    }
    this.shuffled = true;
    this.seed = seed;
    if (images != null) {
      setEpoch(epoch);
    }
    return this;
  }

  /**
   * Reads both files.
   *
   * @param split two locations, images first, compressed or not
   * @throws DataException when a file is damaged or the two do not belong together
   */
  @Override
  public void initialize(InputSplit split) throws IOException, InterruptedException {
    super.initialize(split);
    URI[] locations = split.locations();
    if (locations.length != 2) {
      throw new IllegalArgumentException(
          "An IdxRecordReader needs two locations, the images and their labels, but got "
              + locations.length
              + ": use CollectionInputSplit(List.of(images, labels)).");
    }
    images =
        LabeledImages.of(
            read(locations[0], IdxFile.Content.IMAGES),
            read(locations[1], IdxFile.Content.LABELS),
            List.of(classNames));
    source = locations[0];
    setEpoch(0);
  }

  @Override
  public void initialize(Configuration configuration, InputSplit split)
      throws IOException, InterruptedException {
    setConf(configuration);
    initialize(split);
  }

  private IdxFile read(URI location, IdxFile.Content content) throws IOException {
    try (InputStream stream = streamCreatorFn.apply(location)) {
      return IdxFile.read(location.toString(), stream, content);
    }
  }

  /** Goes to the start of an epoch, counted from 0. */
  public final void setEpoch(int epoch) {
    if (epoch < 0) {
      throw new IllegalArgumentException("Epochs are counted from 0, so " + epoch + " is none.");
    }
    requireImages();
    this.epoch = epoch;
    this.position = 0;
    order = IntStream.range(0, images.size()).toArray();
    if (shuffled) {
      SplitMix64.of(seed, epoch).shuffle(order);
    }
  }

  /** The epoch whose records are being read. */
  public final int epoch() {
    return epoch;
  }

  /**
   * Passes over records without reading them.
   *
   * @throws IllegalArgumentException when the epoch has fewer left
   */
  public final void skip(int records) {
    requireImages();
    if (records < 0 || records > images.size() - position) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot skip %d records: epoch %d has %d left.",
              records, epoch, images.size() - position));
    }
    position += records;
  }

  @Override
  public boolean batchesSupported() {
    return true;
  }

  /** The next {@code number} records, or as many as the epoch has left. */
  @Override
  public List<List<Writable>> next(int number) {
    requireNext();
    int count = Math.min(number, images.size() - position);
    int[] batch = IntStream.range(position, position + count).map(i -> order[i]).toArray();
    position += count;
    NDArrayRecordBatch records = new NDArrayRecordBatch(List.of(features(batch), oneHot(batch)));
    invokeListeners(records);
    return records;
  }

  @Override
  public List<Writable> next() {
    requireNext();
    List<Writable> values = values(order[position++]);
    invokeListeners(values);
    return values;
  }

  @Override
  public boolean hasNext() {
    return images != null && position < images.size();
  }

  @Override
  public List<String> getLabels() {
    return List.of(classNames);
  }

  @Override
  public void reset() {
    requireImages();
    setEpoch(hasNext() ? epoch : epoch + 1);
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public List<Writable> record(URI uri, DataInputStream stream) {
    throw new UnsupportedOperationException(
        "One stream cannot hold an image and its label: initialize with both locations.");
  }

  /** The next record, with the number of its image in the file. */
  @Override
  public Record nextRecord() {
    requireNext();
    int image = order[position];
    return new org.datavec.api.records.impl.Record(
        next(), new RecordMetaDataIndex(image, source, IdxRecordReader.class));
  }

  @Override
  public Record loadFromMetaData(RecordMetaData metaData) {
    requireImages();
    if (!(metaData instanceof RecordMetaDataIndex index)) {
      throw new IllegalArgumentException(
          "Records are found again by their index, not by " + metaData + ".");
    }
    if (index.getIndex() < 0 || index.getIndex() >= images.size()) {
      throw new IllegalArgumentException(
          String.format(
              "There is no image %d in %s, which holds %d.",
              index.getIndex(), source, images.size()));
    }
    return new org.datavec.api.records.impl.Record(values((int) index.getIndex()), metaData);
  }

  @Override
  public List<Record> loadFromMetaData(List<RecordMetaData> metaData) {
    List<Record> records = new ArrayList<>(metaData.size());
    metaData.forEach(m -> records.add(loadFromMetaData(m)));
    return records;
  }

  /** Holds no file open. */
  @Override
  public void close() {
    // The files were read as a whole by initialize.
  }

  @Override
  public void setConf(Configuration configuration) {
    this.configuration = configuration;
  }

  @Override
  public Configuration getConf() {
    return configuration;
  }

  private List<Writable> values(int image) {
    return List.of(
        new NDArrayWritable(features(new int[] {image})), new IntWritable(images.label(image)));
  }

  private INDArray features(int[] batch) {
    int d = images.inputs();
    if (dataType == DataType.DOUBLE) {
      double[] x = new double[batch.length * d];
      for (int i = 0; i < batch.length; i++) {
        for (int j = 0; j < d; j++) {
          x[i * d + j] = images.pixel(batch[i], j) / 255.0;
        }
      }
      return Nd4j.createFromArray(x).reshape(batch.length, d);
    }
    float[] x = new float[batch.length * d];
    for (int i = 0; i < batch.length; i++) {
      for (int j = 0; j < d; j++) {
        x[i * d + j] = images.pixel(batch[i], j) / 255f;
      }
    }
    return Nd4j.createFromArray(x).reshape(batch.length, d);
  }

  private INDArray oneHot(int[] batch) {
    int classes = classNames.length;
    if (dataType == DataType.DOUBLE) {
      double[] y = new double[batch.length * classes];
      for (int i = 0; i < batch.length; i++) {
        y[i * classes + images.label(batch[i])] = 1;
      }
      return Nd4j.createFromArray(y).reshape(batch.length, classes);
    }
    float[] y = new float[batch.length * classes];
    for (int i = 0; i < batch.length; i++) {
      y[i * classes + images.label(batch[i])] = 1;
    }
    return Nd4j.createFromArray(y).reshape(batch.length, classes);
  }

  private void requireImages() {
    if (images == null) {
      throw new IllegalStateException(
          "This IdxRecordReader has no images yet: call initialize(InputSplit) first.");
    }
  }

  private void requireNext() {
    requireImages();
    if (!hasNext()) {
      throw new NoSuchElementException(
          String.format("Epoch %d is over after %d records: call reset().", epoch, images.size()));
    }
  }
}
