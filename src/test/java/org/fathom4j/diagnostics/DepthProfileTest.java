package org.fathom4j.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.DepthProfileRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class DepthProfileTest {

  private static final int DEPTH = 4;

  private static MultiLayerNetwork network(Layers layers, int depth, Precision precision) {
    return Streams.network("xavier", depth, Block.NONLINEAR, layers, precision);
  }

  private static List<DepthProfileRow> profile(MultiLayerNetwork net, DataSet batch, int count) {
    DepthProfile profile = new DepthProfile(ResidualNetwork.residualLayers(net), count);
    profile.begin();
    net.fit(batch);
    return profile.end(1, batch.numExamples());
  }

  private static double value(List<DepthProfileRow> rows, int layer, String metric) {
    List<Double> values =
        rows.stream()
            .filter(row -> row.layer() == layer && row.metric().equals(metric))
            .map(DepthProfileRow::value)
            .toList();
    assertThat(values).as("%s at layer %d", metric, layer).hasSize(1);
    return values.get(0);
  }

  private static List<INDArray> matrices(MultiLayerNetwork net, String key) {
    List<INDArray> matrices = new ArrayList<>();
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      for (int l = 0; l < layer.blocks(); l++) {
        matrices.add(layer.parameter(l, key).dup('c'));
      }
    }
    return matrices;
  }

  private static double norm(INDArray array) {
    return array.norm2Number().doubleValue();
  }

  /** Forward and backward pass in the equations' own words, in double precision. */
  @ParameterizedTest
  @EnumSource(Layers.class)
  void norms_are_those_of_the_equations(Layers layers) {
    MultiLayerNetwork net = network(layers, DEPTH, Precision.DOUBLE);
    DataSet batch = Streams.batch(DataType.DOUBLE);
    List<INDArray> v = matrices(net, ResidualParams.INNER);
    List<INDArray> u = matrices(net, ResidualParams.OUTER);
    INDArray readout = net.getOutputLayer().getParam("W").dup();
    INDArray[] z = new INDArray[DEPTH + 1];
    INDArray[] a = new INDArray[DEPTH];
    z[0] = batch.getFeatures().mmul(net.getLayer(0).getParam("W"));
    for (int l = 0; l < DEPTH; l++) {
      a[l] = z[l].mmul(v.get(l));
      z[l + 1] = z[l].add(a[l].mul(a[l].gt(0).castTo(DataType.DOUBLE)).mmul(u.get(l)));
    }
    INDArray[] dz = new INDArray[DEPTH + 1];
    dz[DEPTH] = z[DEPTH].mmul(readout).sub(batch.getLabels()).mmul(readout.transpose());
    for (int l = DEPTH - 1; l >= 0; l--) {
      INDArray da = dz[l + 1].mmul(u.get(l).transpose()).mul(a[l].gt(0).castTo(DataType.DOUBLE));
      dz[l] = dz[l + 1].add(da.mmul(v.get(l).transpose()));
    }

    List<DepthProfileRow> rows = profile(net, batch, 64);

    double perExample = 1 / Math.sqrt(Streams.EXAMPLES);
    for (int l = 0; l <= DEPTH; l++) {
      double stream = norm(z[l]) * perExample;
      double gradient = norm(dz[l]) * perExample;
      assertThat(value(rows, l, "activation_norm")).isCloseTo(stream, within(1e-12 * stream));
      assertThat(value(rows, l, "gradient_norm")).isCloseTo(gradient, within(1e-12 * gradient));
    }
    assertThat(rows).allSatisfy(row -> assertThat(row.iteration()).isEqualTo(1));
  }

  @ParameterizedTest
  @EnumSource(OptimizerSpec.Method.class)
  void update_norms_are_differences_of_parameters(OptimizerSpec.Method method) {
    for (Layers layers : Layers.values()) {
      MultiLayerNetwork net =
          Streams.network(
              "xavier", DEPTH, Block.NONLINEAR, layers, Precision.DOUBLE, Loss.MCXENT, method);
      List<INDArray> v = matrices(net, ResidualParams.INNER);
      List<INDArray> u = matrices(net, ResidualParams.OUTER);

      List<DepthProfileRow> rows = profile(net, Streams.batch(DataType.DOUBLE), 64);

      for (int l = 1; l <= DEPTH; l++) {
        double dv = norm(matrices(net, ResidualParams.INNER).get(l - 1).sub(v.get(l - 1)));
        double du = norm(matrices(net, ResidualParams.OUTER).get(l - 1).sub(u.get(l - 1)));
        // Parameters of the order of 1 keep an update of 1e-2 to some 1e-14 of it.
        assertThat(value(rows, l, "update_norm_V")).isCloseTo(dv, within(1e-12 * dv));
        assertThat(value(rows, l, "update_norm_U")).isCloseTo(du, within(1e-12 * du));
        assertThat(dv).isPositive();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Layers.class)
  void linear_blocks_have_updates_of_one_matrix(Layers layers) {
    MultiLayerNetwork net =
        Streams.network("near-identity", DEPTH, Block.LINEAR, layers, Precision.DOUBLE);
    List<INDArray> before = matrices(net, ResidualParams.LINEAR);

    List<DepthProfileRow> rows = profile(net, Streams.batch(DataType.DOUBLE), 64);

    INDArray third = matrices(net, ResidualParams.LINEAR).get(2).sub(before.get(2));
    assertThat(value(rows, 3, "update_norm_A")).isCloseTo(norm(third), within(1e-14));
    assertThat(rows)
        .extracting(DepthProfileRow::metric)
        .containsOnly("activation_norm", "gradient_norm", "update_norm_A");
  }

  @ParameterizedTest
  @EnumSource(Layers.class)
  void deep_networks_are_profiled_at_64_layers_both_ends_included(Layers layers) {
    MultiLayerNetwork net = Streams.network("mzas", 150, Block.NONLINEAR, layers, Precision.FLOAT);

    List<DepthProfileRow> rows = profile(net, Streams.batch(DataType.FLOAT), 64);

    TreeMap<Integer, Integer> rowsOfLayer = new TreeMap<>();
    rows.forEach(row -> rowsOfLayer.merge(row.layer(), 1, Integer::sum));
    assertThat(rowsOfLayer).hasSize(64);
    assertThat(rowsOfLayer.firstKey()).isZero();
    assertThat(rowsOfLayer.lastKey()).isEqualTo(150);
    assertThat(rowsOfLayer.pollFirstEntry().getValue()).as("rows of z_0").isEqualTo(2);
    assertThat(rowsOfLayer.values()).as("rows of other layers").containsOnly(4);
    assertThat(rows).allSatisfy(row -> assertThat(row.value()).isFinite());
  }

  @ParameterizedTest
  @EnumSource(Layers.class)
  void recording_leaves_the_bits_of_training_unchanged(Layers layers) {
    MultiLayerNetwork watched = network(layers, DEPTH, Precision.FLOAT);
    MultiLayerNetwork unwatched = network(layers, DEPTH, Precision.FLOAT);
    DataSet batch = Streams.batch(DataType.FLOAT);
    for (int i = 0; i < 5; i++) {
      profile(watched, batch, 64);
      unwatched.fit(batch);
    }

    assertThat(watched.params().dup().data().asFloat())
        .isEqualTo(unwatched.params().dup().data().asFloat());
  }

  @Test
  void nothing_is_recorded_between_profiles() {
    MultiLayerNetwork net = network(Layers.BLOCKS, DEPTH, Precision.FLOAT);
    profile(net, Streams.batch(DataType.FLOAT), 64);

    assertThat(ResidualNetwork.residualLayers(net))
        .allSatisfy(layer -> assertThat(layer.observed()).isNull());
  }

  @Test
  void stacks_in_a_row_are_one_depth() {
    MultiLayerNetwork one = network(Layers.STACK, 3, Precision.FLOAT);
    MultiLayerNetwork other = network(Layers.STACK, 2, Precision.FLOAT);
    ResidualLayer first = ResidualNetwork.residualLayers(one).get(0);
    ResidualLayer second = ResidualNetwork.residualLayers(other).get(0);
    DepthProfile profile = new DepthProfile(List.of(first, second), 64);
    profile.begin();
    one.fit(Streams.batch(DataType.FLOAT));
    other.fit(Streams.batch(DataType.FLOAT));

    List<DepthProfileRow> rows = profile.end(1, Streams.EXAMPLES);

    assertThat(rows.stream().map(DepthProfileRow::layer).distinct())
        .containsExactly(0, 1, 2, 3, 4, 5);
    value(rows, 3, "activation_norm"); // z_3 once, though it is the end of one and start of another
  }

  @Test
  void updates_too_small_to_square_in_float_are_not_lost() {
    MultiLayerNetwork net = network(Layers.STACK, DEPTH, Precision.FLOAT);
    net.getOutputLayer().getParam("W").muli(1e-15);
    List<DepthProfileRow> rows = profile(net, Streams.batch(DataType.FLOAT), 64);

    // η · gradient ~ 1e-2 · 1e-15 · 1e-1: its square, 1e-36 to 1e-40, is not a normal float.
    assertThat(value(rows, 2, "update_norm_V")).isBetween(1e-21, 1e-15);
    assertThat(value(rows, 2, "gradient_norm")).isBetween(1e-17, 1e-13);
  }
}
