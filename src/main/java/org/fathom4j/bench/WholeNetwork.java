package org.fathom4j.bench;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.train.DivergenceGuard;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The network as {@code fathom train} runs it: embedding, stack, readout, loss, updater, and the
 * listener that watches every iteration; on random images.
 */
final class WholeNetwork implements AutoCloseable {

  private final MultiLayerNetwork net;
  private final DataSet batch;

  WholeNetwork(BenchSpec spec, KernelName kernel) {
    net = ResidualNetwork.create(spec.network(), spec.optimizer(), BenchSpec.SEED);
    ResidualNetwork.useKernel(net, kernel);
    net.addListeners(new DivergenceGuard());
    DataType type = ResidualNetwork.dataType(spec.precision());
    Random random = Nd4j.getRandom();
    random.setSeed(BenchSpec.SEED);
    INDArray images = Nd4j.rand(random, spec.batchSize(), BenchSpec.INPUTS).castTo(type);
    INDArray labels = Nd4j.zeros(type, spec.batchSize(), BenchSpec.CLASSES);
    for (int n = 0; n < spec.batchSize(); n++) {
      labels.putScalar(n, n % BenchSpec.CLASSES, 1);
    }
    batch = new DataSet(images, labels);
    ResidualNetwork.settle(net);
  }

  /** One update. */
  void run() {
    net.fit(batch);
  }

  /** ND4J's arrays go with the garbage; the workspaces of this thread at once. */
  @Override
  public void close() {
    ResidualNetwork.release(net);
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
  }
}
