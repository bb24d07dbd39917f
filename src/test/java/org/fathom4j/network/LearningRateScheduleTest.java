package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

class LearningRateScheduleTest {

  private static final String TEXT = "cosine:end=0.1,warmup=2";

  @Test
  void the_rate_is_the_factor_of_the_schedule_times_eta_whatever_the_epoch() {
    LearningRateSchedule rate = new LearningRateSchedule(0.3, TEXT, 20);
    for (int i = 0; i < 25; i++) {
      double expected = 0.3 * Schedule.parse(TEXT).factor(i, 20);
      assertThat(rate.valueAt(i, 0)).isEqualTo(expected);
      assertThat(rate.valueAt(i, 7)).isEqualTo(expected);
    }
  }

  @Test
  void rates_are_equal_by_value_and_a_clone_is_equal() {
    LearningRateSchedule rate = new LearningRateSchedule(0.3, TEXT, 20);

    assertThat(rate.clone()).isEqualTo(rate).isNotSameAs(rate).hasSameHashCodeAs(rate);
    assertThat(new LearningRateSchedule(0.4, TEXT, 20)).isNotEqualTo(rate);
    assertThat(new LearningRateSchedule(0.3, "linear", 20)).isNotEqualTo(rate);
    assertThat(new LearningRateSchedule(0.3, TEXT, 21)).isNotEqualTo(rate);
  }

  @Test
  void a_text_that_is_no_schedule_is_refused_at_once() {
    assertThatThrownBy(() -> new LearningRateSchedule(0.3, "exponential", 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Known: constant, linear, cosine");
  }

  private static OptimizerSpec scheduled(OptimizerSpec.Method method) {
    return new OptimizerSpec(method, 0.05, Schedule.parse(TEXT), 0.9, 1e-3, 20);
  }

  static Iterable<OptimizerSpec.Method> methods() {
    return Specs.methods();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void it_is_part_of_the_configuration_s_json(OptimizerSpec.Method method) {
    MultiLayerConfiguration saved =
        ResidualNetwork.configuration(Specs.of("mzas"), scheduled(method), Specs.SEED);

    assertThat(saved.toJson()).contains(LearningRateSchedule.class.getName()).contains(TEXT);
    assertThat(MultiLayerConfiguration.fromJson(saved.toJson())).isEqualTo(saved);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void a_network_that_went_through_the_stock_serializer_goes_on_to_the_same_bits(
      OptimizerSpec.Method method, @TempDir Path directory) throws IOException {
    MultiLayerNetwork net = ResidualNetwork.create(Specs.of("mzas"), scheduled(method), Specs.SEED);
    DataSet batch = Specs.batch(DataType.DOUBLE);
    for (int i = 0; i < 5; i++) {
      net.fit(batch);
    }
    File file = directory.resolve("model.zip").toFile();
    ModelSerializer.writeModel(net, file, true);
    MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file, true);
    for (int i = 0; i < 5; i++) {
      net.fit(batch);
      restored.fit(batch);
    }

    assertThat(restored.getIterationCount()).isEqualTo(10);
    assertThat(Specs.numbers(restored.params())).isEqualTo(Specs.numbers(net.params()));
  }
}
