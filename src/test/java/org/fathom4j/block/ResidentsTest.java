package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.diagnostics.Norms;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.kernel.KernelName;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks whose parameters live on the emulated GPU. */
@EmulatedGpu
class ResidentsTest {

  private static final List<IUpdater> UPDATERS =
      List.of(new Sgd(0.1), new Nesterovs(0.1, 0.9), new Adam(0.01));

  private static Layer[] everyKind() {
    return new Layer[] {
      Nets.scaled(Nets.stack(3), BranchForm.SCALED_AND_BIASED),
      Nets.block(),
      Nets.linearStack(2),
      Nets.scaled(Nets.linearBlock(), BranchForm.SCALED)
    };
  }

  /** On the GPU, with one-pass updates. */
  private static MultiLayerNetwork network(DataType type, IUpdater updater) {
    MultiLayerNetwork network = Nets.network(Nets.Setting.of(type).with(updater), everyKind());
    for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        residual.useKernel(KernelName.CUDA);
      }
    }
    OnePassUpdate.install(network);
    return network;
  }

  /** 13 examples in batches of 5: the last one is ragged. */
  private static DataSetIterator batches(DataType type) {
    return new ListDataSetIterator<>(Nets.data(type, 13).asList(), Nets.EXAMPLES);
  }

  @Test
  void parameters_that_live_with_the_kernel_are_trained_to_the_same_bits() {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      for (IUpdater updater : UPDATERS) {
        MultiLayerNetwork here = network(type, updater);
        MultiLayerNetwork there = network(type, updater);
        assertThat(Residents.settle(there)).isTrue();
        here.fit(batches(type), 2);
        there.fit(batches(type), 2);
        assertThat(Nets.numbers(there.params())).isNotEqualTo(Nets.numbers(here.params()));
        Residents.bringParameters(there);
        assertThat(Nets.numbers(there.params())).isEqualTo(Nets.numbers(here.params()));
        INDArray state = here.getUpdater().getStateViewArray();
        if (state != null) {
          assertThat(Nets.numbers(there.getUpdater().getStateViewArray()))
              .isEqualTo(Nets.numbers(state));
        }
        assertThat(Nets.numbers(there.output(Nets.data(type).getFeatures())))
            .isEqualTo(Nets.numbers(here.output(Nets.data(type).getFeatures())));
      }
    }
  }

  @Test
  void the_norm_of_the_gradient_is_summed_where_the_gradient_is() {
    MultiLayerNetwork here = network(DataType.DOUBLE, new Sgd(0.1));
    MultiLayerNetwork there = network(DataType.DOUBLE, new Sgd(0.1));
    Residents.settle(there);
    for (MultiLayerNetwork network : List.of(here, there)) {
      network.setInput(Nets.data(DataType.DOUBLE).getFeatures());
      network.setLabels(Nets.data(DataType.DOUBLE).getLabels());
      network.computeGradientAndScore();
    }
    double expected = Norms.of(here.getFlattenedGradients());
    assertThat(Norms.ofGradients(there)).isCloseTo(expected, within(1e-12 * expected));
    Residents.bringGradients(there);
    assertThat(Nets.numbers(there.getFlattenedGradients()))
        .isEqualTo(Nets.numbers(here.getFlattenedGradients()));
  }

  @Test
  void a_network_goes_away_and_comes_back() {
    MultiLayerNetwork unmoved = network(DataType.FLOAT, new Adam(0.01));
    MultiLayerNetwork moving = network(DataType.FLOAT, new Adam(0.01));
    for (int i = 0; i < 3; i++) {
      unmoved.fit(batches(DataType.FLOAT));
      Residents.settle(moving);
      moving.fit(batches(DataType.FLOAT));
      assertThat(Residents.any(moving)).isTrue();
      Residents.dismiss(moving);
      assertThat(Residents.any(moving)).isFalse();
      assertThat(Nets.numbers(moving.params())).isEqualTo(Nets.numbers(unmoved.params()));
    }
  }

  @Test
  void accessors_of_blocks_bring_what_they_show() {
    MultiLayerNetwork here = network(DataType.FLOAT, new Sgd(0.1));
    MultiLayerNetwork there = network(DataType.FLOAT, new Sgd(0.1));
    Residents.settle(there);
    here.fit(batches(DataType.FLOAT));
    there.fit(batches(DataType.FLOAT));
    assertThat(Nets.numbers(Nets.residual(there).parameter(2, ResidualParams.OUTER)))
        .isEqualTo(Nets.numbers(Nets.residual(here).parameter(2, ResidualParams.OUTER)));
    assertThat(Nets.numbers(Nets.residual(there).gradientOf(1, ResidualParams.INNER)))
        .isEqualTo(Nets.numbers(Nets.residual(here).gradientOf(1, ResidualParams.INNER)));
  }

  @Test
  void kernels_of_host_memory_have_nothing_to_settle() {
    MultiLayerNetwork network = network(DataType.FLOAT, new Sgd(0.1));
    for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        residual.useKernel(KernelName.FUSED);
      }
    }
    assertThat(Residents.settle(network)).isFalse();
    assertThat(Residents.any(network)).isFalse();
  }
}
