package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.AsyncDataSetIterator;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

class MinibatchesTest {

  private static final int N = 23;
  private static final LabeledImages SPLIT = TestImages.split(N);

  @ParameterizedTest
  @EnumSource(Preprocessing.class)
  void the_same_seed_and_epoch_give_the_same_batches_bit_for_bit(Preprocessing input) {
    Minibatches first = batches(5, input, 7);
    Minibatches second = batches(5, input, 7);
    second.next();
    second.startEpoch(3);
    first.startEpoch(3);
    assertThat(rest(second)).isEqualTo(rest(first));
  }

  @Test
  void epochs_differ_and_each_has_every_image_once() {
    Minibatches batches = batches(5, Preprocessing.RAW, 7);
    List<List<Integer>> orders = new ArrayList<>();
    for (int epoch = 0; epoch < 4; epoch++) {
      batches.startEpoch(epoch);
      List<Integer> order =
          rest(batches).stream().flatMap(b -> IdxRecordReaderTest.numbers(b).stream()).toList();
      assertThat(order).containsExactlyInAnyOrderElementsOf(IntStream.range(0, N).boxed().toList());
      orders.add(order);
    }
    assertThat(orders).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5})
  void skipping_equals_reading(int done) {
    Minibatches skipped = batches(5, Preprocessing.UNIT, 7);
    Minibatches read = batches(5, Preprocessing.UNIT, 7);
    skipped.startEpoch(2);
    skipped.skip(done);
    read.startEpoch(2);
    for (int i = 0; i < done; i++) {
      read.next();
    }
    assertThat(skipped.batchesDone()).isEqualTo(read.batchesDone()).isEqualTo(done);
    assertThat(rest(skipped)).isEqualTo(rest(read)).hasSize(5 - done);
  }

  @Test
  void skipping_before_anything_was_read_is_not_undone() {
    Minibatches batches = Minibatches.inOrder(SPLIT, 5, raw(), DataType.FLOAT);
    batches.skip(2);
    assertThat(IdxRecordReaderTest.numbers(batches.next())).containsExactly(10, 11, 12, 13, 14);
  }

  @Test
  void batches_in_order_are_in_the_order_of_the_split_in_every_epoch() {
    Minibatches batches = Minibatches.inOrder(SPLIT, 5, raw(), DataType.DOUBLE);
    List<DataSet> first = rest(batches);
    assertThat(first).extracting(DataSet::numExamples).containsExactly(5, 5, 5, 5, 3);
    assertThat(first.stream().flatMap(b -> IdxRecordReaderTest.numbers(b).stream()))
        .containsExactlyElementsOf(IntStream.range(0, N).boxed().toList());
    batches.reset();
    assertThat(batches.epoch()).isEqualTo(1);
    assertThat(rest(batches)).isEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(ints = {N, N + 1, Integer.MAX_VALUE})
  void a_batch_as_large_as_the_split_is_the_whole_split(int batchSize) {
    Minibatches batches = Minibatches.shuffled(SPLIT, batchSize, raw(), DataType.FLOAT, 7);
    assertThat(batches.batchesPerEpoch()).isEqualTo(1);
    assertThat(batches.batch()).isEqualTo(N);
    assertThat(batches.next().numExamples()).isEqualTo(N);
    assertThat(batches.hasNext()).isFalse();
    batches.startEpoch(0);
    batches.skip(1);
    assertThat(batches.hasNext()).isFalse();
  }

  @Test
  void sizes_are_told_without_reading_a_batch() {
    Minibatches batches = batches(5, Preprocessing.RAW, 7);
    assertThat(batches.inputColumns()).isEqualTo(12);
    assertThat(batches.totalOutcomes()).isEqualTo(5);
    assertThat(batches.batchesPerEpoch()).isEqualTo(5);
    assertThat(batches.getLabels()).isEqualTo(TestImages.CLASSES);
    assertThat(batches.batchesDone()).isZero();
  }

  @Test
  void the_framework_prefetching_in_its_own_thread_sees_the_same_batches() {
    List<DataSet> direct = rest(batches(5, Preprocessing.STANDARD, 7));
    AsyncDataSetIterator async =
        new AsyncDataSetIterator(batches(5, Preprocessing.STANDARD, 7), 2, false);
    List<DataSet> prefetched = new ArrayList<>();
    async.forEachRemaining(prefetched::add);
    assertThat(prefetched).isEqualTo(direct);
  }

  @Test
  void impossible_values_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Minibatches.inOrder(SPLIT, 0, raw(), DataType.FLOAT))
        .withMessage("A minibatch needs at least 1 example, but the batch size is 0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Minibatches.shuffled(SPLIT, 5, raw(), DataType.FLOAT, 0))
        .withMessageStartingWith("Seed 0 cannot be used");
    Minibatches batches = batches(5, Preprocessing.RAW, 7);
    batches.next();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> batches.skip(5))
        .withMessage("Cannot skip 5 batches: 1 of the 5 of epoch 0 are done.");
    assertThatIllegalArgumentException().isThrownBy(() -> batches.skip(-1));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> batches.next(4));
  }

  private static DataSetPreProcessor raw() {
    return Preprocessing.RAW.fit(SPLIT);
  }

  private static Minibatches batches(int batchSize, Preprocessing input, long seed) {
    return Minibatches.shuffled(SPLIT, batchSize, input.fit(SPLIT), DataType.FLOAT, seed);
  }

  private static List<DataSet> rest(Minibatches batches) {
    List<DataSet> rest = new ArrayList<>();
    batches.forEachRemaining(rest::add);
    return rest;
  }
}
