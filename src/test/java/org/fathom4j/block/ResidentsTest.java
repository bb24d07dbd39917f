package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.diagnostics.Norms;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
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

  @Test
  void settling_twice_changes_nothing() {
    MultiLayerNetwork once = network(DataType.FLOAT, new Adam(0.01));
    MultiLayerNetwork twice = network(DataType.FLOAT, new Adam(0.01));
    Residents.settle(once);
    Residents.settle(twice);
    once.fit(batches(DataType.FLOAT));
    twice.fit(batches(DataType.FLOAT));
    assertThat(Residents.settle(twice)).isTrue();
    once.fit(batches(DataType.FLOAT));
    twice.fit(batches(DataType.FLOAT));
    Residents.dismiss(once);
    Residents.dismiss(twice);
    assertThat(Nets.numbers(twice.params())).isEqualTo(Nets.numbers(once.params()));
  }

  @Test
  void a_look_at_the_parameters_does_not_make_a_later_save_forget_the_state() {
    MultiLayerNetwork here = network(DataType.FLOAT, new Adam(0.01));
    MultiLayerNetwork there = network(DataType.FLOAT, new Adam(0.01));
    Residents.settle(there);
    here.fit(batches(DataType.FLOAT));
    there.fit(batches(DataType.FLOAT));
    Residents.bringParametersWithoutState(there);
    Residents.bringParameters(there);
    assertThat(Nets.numbers(there.getUpdater().getStateViewArray()))
        .isEqualTo(Nets.numbers(here.getUpdater().getStateViewArray()));
  }

  @Test
  void a_new_updater_is_refused_where_it_would_not_reach_the_parameters() {
    MultiLayerNetwork network = network(DataType.FLOAT, new Sgd(0.1));
    Residents.settle(network);
    network.fit(batches(DataType.FLOAT));
    network.setLearningRate(0.01);
    assertThatThrownBy(() -> network.fit(Nets.data(DataType.FLOAT)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Residents.dismiss before setLearningRate");
  }

  @Test
  void a_new_learning_rate_between_dismissal_and_settling_is_followed() {
    MultiLayerNetwork here = network(DataType.FLOAT, new Nesterovs(0.1, 0.9));
    MultiLayerNetwork there = network(DataType.FLOAT, new Nesterovs(0.1, 0.9));
    Residents.settle(there);
    for (MultiLayerNetwork network : List.of(here, there)) {
      network.fit(batches(DataType.FLOAT));
      Residents.dismiss(network);
      network.setLearningRate(0.01);
      OnePassUpdate.install(network);
    }
    Residents.settle(there);
    here.fit(batches(DataType.FLOAT));
    there.fit(batches(DataType.FLOAT));
    Residents.bringParameters(there);
    assertThat(Nets.numbers(there.params())).isEqualTo(Nets.numbers(here.params()));
  }

  @Test
  void another_kernel_or_plan_is_refused_while_the_parameters_are_away() {
    MultiLayerNetwork network = network(DataType.FLOAT, new Sgd(0.1));
    Residents.settle(network);
    ResidualLayer layer = Nets.residual(network);
    assertThatThrownBy(() -> layer.useKernel(KernelName.FUSED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Residents.dismiss before useKernel");
    assertThatThrownBy(() -> layer.useMemoryPlan(MemoryPlan.Kind.RECOMPUTE))
        .isInstanceOf(IllegalStateException.class);
    Residents.dismiss(network);
    layer.useKernel(KernelName.FUSED);
    network.fit(batches(DataType.FLOAT));
  }

  @Test
  void parameters_that_are_set_by_the_layer_are_set_where_they_live() {
    MultiLayerNetwork network = network(DataType.FLOAT, new Sgd(0.1));
    Residents.settle(network);
    network.fit(batches(DataType.FLOAT));
    INDArray x = Nets.data(DataType.FLOAT).getFeatures();
    INDArray zero = Nd4j.zeros(DataType.FLOAT, 3, Nets.HIDDEN, Nets.WIDTH);
    network.setParam("1_UW", zero);
    double[] found = Nets.numbers(network.output(x));
    Residents.dismiss(network);
    assertThat(Nets.numbers(network.getParam("1_UW"))).containsOnly(0);
    assertThat(Nets.numbers(network.output(x))).isEqualTo(found);
  }

  @Test
  void a_layer_with_constraints_stays_where_they_are_put_on() {
    ResidualBlock constrained = Nets.block();
    constrained.setConstraints(
        List.of(new MaxNormConstraint(0.1, Set.of(ResidualParams.OUTER), 1)));
    MultiLayerNetwork network =
        Nets.network(Nets.Setting.of(DataType.FLOAT), constrained, Nets.stack(3));
    Nets.residual(network).useKernel(KernelName.CUDA);
    ((ResidualLayer) network.getLayer(2)).useKernel(KernelName.CUDA);
    assertThat(Residents.settle(network)).isTrue();
    assertThat(Residents.isResident(network.getLayer(1))).isFalse();
    assertThat(Residents.isResident(network.getLayer(2))).isTrue();
    network.fit(batches(DataType.FLOAT));
  }

  @Test
  void the_score_with_weight_decay_is_that_of_the_parameters_where_they_are() {
    for (boolean away : new boolean[] {false, true}) {
      Layer decayed =
          new ResidualStack.Builder().depth(3).hiddenWidth(Nets.HIDDEN).weightDecay(0.3).build();
      MultiLayerNetwork network = Nets.network(Nets.Setting.of(DataType.DOUBLE), decayed);
      Nets.residual(network).useKernel(KernelName.CUDA);
      OnePassUpdate.install(network);
      if (away) {
        Residents.settle(network);
      }
      network.fit(batches(DataType.DOUBLE));
      double score = network.score(Nets.data(DataType.DOUBLE));
      Residents.dismiss(network);
      assertThat(network.score(Nets.data(DataType.DOUBLE))).isCloseTo(score, within(1e-12 * score));
    }
  }

  @Test
  void inspection_between_the_passes_is_made_up_for() {
    MultiLayerNetwork network = network(DataType.FLOAT, new Sgd(0.1));
    Residents.settle(network);
    ResidualLayer layer = Nets.residual(network);
    INDArray z = Nd4j.ones(DataType.FLOAT, 4, Nets.WIDTH);
    network.fit(batches(DataType.FLOAT));
    layer.inspect(z, DepthProbe.everyLayer(3));
    network.fit(batches(DataType.FLOAT));
  }

  @Test
  void gradients_whose_squares_leave_the_range_still_have_a_norm() {
    MultiLayerNetwork network = network(DataType.DOUBLE, new Sgd(0.1));
    Residents.settle(network);
    INDArray huge = Nets.data(DataType.DOUBLE).getFeatures().mul(1e-200);
    network.setInput(huge);
    network.setLabels(Nets.data(DataType.DOUBLE).getLabels().mul(1e200));
    network.computeGradientAndScore();
    double norm = Norms.ofGradients(network);
    Residents.bringGradients(network);
    double expected = Norms.of(network.getFlattenedGradients());
    assertThat(norm).isFinite().isCloseTo(expected, within(1e-12 * expected));
  }
}
