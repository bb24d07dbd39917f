package org.fathom4j.block;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.fathom4j.kernel.BranchForm;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * Writes the models of {@code src/test/resources/compat}, once for each released version; files of
 * earlier versions are never written again.
 */
final class CompatModels {

  private CompatModels() {}

  /** Arguments: the folder to write to, the version in the file names. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Nets.Setting setting =
        Nets.Setting.of(DataType.DOUBLE).with(new Adam(0.01)).with(b -> b.l2(0.01));
    write(
        Nets.network(
            setting, Nets.scaled(Nets.stack(3), BranchForm.SCALED_AND_BIASED), Nets.linearStack(2)),
        folder.resolve("stack-" + arguments[1] + ".zip"));
    write(
        Nets.network(
            setting,
            Nets.block(),
            Nets.scaled(Nets.block(), BranchForm.SCALED),
            Nets.linearBlock()),
        folder.resolve("blocks-" + arguments[1] + ".zip"));
  }

  private static void write(MultiLayerNetwork network, Path file) throws IOException {
    Nets.randomize(network.params());
    network.fit(Nets.data(DataType.DOUBLE));
    network.fit(Nets.data(DataType.DOUBLE));
    ModelSerializer.writeModel(network, file.toFile(), true);
  }

  /** (0.1, 0.2, 0.3, 0.4). */
  static INDArray input() {
    return Nd4j.createFromArray(new double[][] {{0.1, 0.2, 0.3, 0.4}});
  }
}
