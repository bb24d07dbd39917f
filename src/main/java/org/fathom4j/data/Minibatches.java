package org.fathom4j.data;

import java.util.List;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * A split cut into minibatches, the same ones for the same (seed, epoch): what a trainer loops
 * over.
 *
 * <p>A batch is {@code X: [B, d]}, {@code Y: [B, classes]} one-hot; the last of an epoch holds what
 * is left. To go on where a stopped run ended, bit for bit:
 *
 * <pre>{@code
 * batches.startEpoch(epoch);
 * batches.skip(batchesDoneInThatEpoch);
 * }</pre>
 *
 * <p>{@link #reset()} starts the next epoch after a complete pass and the same epoch again
 * otherwise, so that DL4J's own {@code fit(iterator, epochs)} and {@code evaluate(iterator)} work
 * as well.
 */
public final class Minibatches implements DataSetIterator {

  private static final long serialVersionUID = 1L;

  private final IdxRecordReader reader;
  private final RecordReaderDataSetIterator iterator;
  private final int examples;
  private final int inputs;
  private final int classes;
  private final int batchSize;
  private int done;

  private Minibatches(
      LabeledImages split, int batchSize, DataSetPreProcessor input, IdxRecordReader reader) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "A minibatch needs at least 1 example, but the batch size is " + batchSize + ".");
    }
    this.examples = split.size();
    this.inputs = split.inputs();
    this.classes = split.classes();
    this.batchSize = Math.min(batchSize, examples);
    this.reader = reader;
    this.iterator = new RecordReaderDataSetIterator(reader, this.batchSize, 1, classes);
    iterator.setPreProcessor(input);
    // Makes it read one record and reset now, and not after a skip.
    iterator.resetSupported();
    startEpoch(0);
  }

  /**
   * Minibatches for training: each epoch in an order of its own.
   *
   * @param batchSize examples a batch; one as large as the split, or larger, means full batches
   * @param input from {@link Preprocessing#fit}
   * @param dataType of features and labels, {@code FLOAT} or {@code DOUBLE}
   * @param seed of the orders, any number but 0
   */
  public static Minibatches shuffled(
      LabeledImages split, int batchSize, DataSetPreProcessor input, DataType dataType, long seed) {
    return new Minibatches(
        split, batchSize, input, new IdxRecordReader(split, dataType).shuffle(seed));
  }

  /** Minibatches for evaluation: every epoch in the order of the split. */
  public static Minibatches inOrder(
      LabeledImages split, int batchSize, DataSetPreProcessor input, DataType dataType) {
    return new Minibatches(split, batchSize, input, new IdxRecordReader(split, dataType));
  }

  /** Goes to the first batch of an epoch, counted from 0. */
  public void startEpoch(int epoch) {
    iterator.reset();
    reader.setEpoch(epoch);
    done = 0;
  }

  /**
   * Passes over batches without building them.
   *
   * @throws IllegalArgumentException when the epoch has fewer left
   */
  public void skip(int batches) {
    if (batches < 0 || batches > batchesPerEpoch() - done) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot skip %d batches: %d of the %d of epoch %d are done.",
              batches, done, batchesPerEpoch(), epoch()));
    }
    int from = done * batchSize;
    done += batches;
    reader.skip((int) Math.min((long) done * batchSize, examples) - from);
  }

  /** The epoch whose batches are being read. */
  public int epoch() {
    return reader.epoch();
  }

  /** How many batches of this epoch were read or skipped. */
  public int batchesDone() {
    return done;
  }

  /** How many batches an epoch has. */
  public int batchesPerEpoch() {
    return (examples + batchSize - 1) / batchSize;
  }

  @Override
  public boolean hasNext() {
    return iterator.hasNext();
  }

  @Override
  public DataSet next() {
    DataSet batch = iterator.next();
    done++;
    return batch;
  }

  /** Batches have one size here; another cannot be asked for in between. */
  @Override
  public DataSet next(int number) {
    if (number != batchSize) {
      throw new UnsupportedOperationException(
          "These batches have " + batchSize + " examples; " + number + " would shift the rest.");
    }
    return next();
  }

  @Override
  public void reset() {
    startEpoch(hasNext() ? epoch() : epoch() + 1);
  }

  @Override
  public boolean resetSupported() {
    return true;
  }

  @Override
  public boolean asyncSupported() {
    return true;
  }

  /** Examples a batch, but for the last of an epoch. */
  @Override
  public int batch() {
    return batchSize;
  }

  @Override
  public int inputColumns() {
    return inputs;
  }

  @Override
  public int totalOutcomes() {
    return classes;
  }

  @Override
  public List<String> getLabels() {
    return reader.getLabels();
  }

  @Override
  public void setPreProcessor(DataSetPreProcessor input) {
    iterator.setPreProcessor(input);
  }

  @Override
  public DataSetPreProcessor getPreProcessor() {
    return iterator.getPreProcessor();
  }
}
