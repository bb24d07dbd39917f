package org.fathom4j.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.FlatUpdater;
import org.fathom4j.block.LinearResidualBlock;
import org.fathom4j.block.OnePassUpdate;
import org.fathom4j.block.Residents;
import org.fathom4j.block.ResidualBlock;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualStack;
import org.fathom4j.init.LawWeightInit;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.KernelChoice;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link NetworkSpec} as a network of Deeplearning4j: layers {@code embedding}, {@code stack} (or
 * {@code block1}, {@code block2}, …) and {@code readout}, none with a bias.
 */
public final class ResidualNetwork {

  private static final Logger LOG = LoggerFactory.getLogger(ResidualNetwork.class);

  /** Above this many layers the stock updater, cubic in their number, is replaced. */
  private static final int MANY_LAYERS = 16;

  private static final double MIB = 1L << 20;

  private ResidualNetwork() {}

  /**
   * The configuration, with Deeplearning4j's own layers around the blocks.
   *
   * @param seed of all weights, any number but 0, which ND4J takes for the clock
   */
  public static MultiLayerConfiguration configuration(
      NetworkSpec network, OptimizerSpec optimizer, long seed) {
    requireSeed(seed);
    var scheme = network.initialization();
    var shape = network.shape();
    NeuralNetConfiguration.ListBuilder list =
        new NeuralNetConfiguration.Builder()
            .seed(seed)
            .dataType(dataType(network.precision()))
            .updater(updater(optimizer))
            .list()
            .layer(
                new DenseLayer.Builder()
                    .name("embedding")
                    .nIn(shape.inputs())
                    .nOut(shape.width())
                    .hasBias(false)
                    .activation(Activation.IDENTITY)
                    .weightInit(new LawWeightInit(scheme.embedding(shape)))
                    .weightDecay(optimizer.weightDecay(), true)
                    .build());
    addBlocks(list, network, optimizer.weightDecay());
    return list.layer(
            new OutputLayer.Builder(network.loss().function())
                .name("readout")
                .nIn(shape.width())
                .nOut(shape.classes())
                .hasBias(false)
                .activation(network.loss().outputActivation())
                .weightInit(new LawWeightInit(scheme.readout(shape)))
                .weightDecay(optimizer.weightDecay(), true)
                .build())
        .validateOutputLayerConfig(false) // it takes squared loss on classes for a mistake
        .build();
  }

  /**
   * Weight decay is set layer by layer: what is set for the whole network, Deeplearning4j
   * 1.0.0-M2.1 adds to every layer twice, and then takes 2ηλw.
   */
  private static void addBlocks(
      NeuralNetConfiguration.ListBuilder list, NetworkSpec network, double weightDecay) {
    var shape = network.shape();
    boolean linear = network.block() == NetworkSpec.Block.LINEAR;
    if (network.layers() == NetworkSpec.Layers.STACK) {
      list.layer(
          new ResidualStack.Builder()
              .name("stack")
              .depth(shape.depth())
              .linear(linear)
              .width(shape.width())
              .hiddenWidth(shape.hiddenWidth())
              .activation(network.activation())
              .initialization(network.initialization())
              .weightDecay(weightDecay, true)
              .build());
      return;
    }
    for (int l = 1; l <= shape.depth(); l++) {
      list.layer(
          linear
              ? new LinearResidualBlock.Builder()
                  .name("block" + l)
                  .width(shape.width())
                  .initialization(network.initialization())
                  .networkDepth(shape.depth())
                  .weightDecay(weightDecay, true)
                  .build()
              : new ResidualBlock.Builder()
                  .name("block" + l)
                  .width(shape.width())
                  .hiddenWidth(shape.hiddenWidth())
                  .activation(network.activation())
                  .initialization(network.initialization())
                  .networkDepth(shape.depth())
                  .weightDecay(weightDecay, true)
                  .build());
    }
  }

  private static IUpdater updater(OptimizerSpec optimizer) {
    ISchedule rate =
        new LearningRateSchedule(
            optimizer.learningRate(), optimizer.schedule().toString(), optimizer.iterations());
    return switch (optimizer.method()) {
      case SGD -> Sgd.builder().learningRateSchedule(rate).build();
      case NESTEROVS ->
          Nesterovs.builder().learningRateSchedule(rate).momentum(optimizer.momentum()).build();
      case ADAM -> Adam.builder().learningRateSchedule(rate).build();
    };
  }

  /** Builds the network and draws its weights. */
  public static MultiLayerNetwork create(NetworkSpec network, OptimizerSpec optimizer, long seed) {
    MultiLayerNetwork net = new MultiLayerNetwork(configuration(network, optimizer, seed));
    net.init();
    adopt(net);
    return net;
  }

  /**
   * Gives a network that was created, loaded or cloned the fastest update that keeps its results.
   */
  public static void adopt(MultiLayerNetwork net) {
    OnePassUpdate.Choice choice = OnePassUpdate.install(net);
    if (choice.installed()) {
      LOG.debug("Update: {}", choice.reason());
      return;
    }
    LOG.info("The update takes several passes over memory: {}", choice.reason());
    if (net.getnLayers() > MANY_LAYERS) {
      FlatUpdater.install(net);
    }
  }

  /**
   * Lets the blocks keep parameters and updater state with their kernel while the network trains,
   * where it has a memory of its own; {@link Residents} says what that means for those who read
   * them.
   */
  public static void settle(MultiLayerNetwork net) {
    Residents.settle(net);
  }

  /** Makes the network's arrays of parameters and updater state what they are by now. */
  public static void bringParameters(MultiLayerNetwork net) {
    Residents.bringParameters(net);
  }

  /** Makes the network's arrays of parameters alone what they are by now. */
  public static void bringParametersWithoutState(MultiLayerNetwork net) {
    Residents.bringParametersWithoutState(net);
  }

  /** Makes the network's arrays of gradients, or of updates, what they are by now. */
  public static void bringGradients(MultiLayerNetwork net) {
    Residents.bringGradients(net);
  }

  /** Ends what {@link #settle} began; nothing is lost. */
  public static void dismiss(MultiLayerNetwork net) {
    Residents.dismiss(net);
  }

  /** Gives back what a network took on a device that nobody will look at again. */
  public static void release(MultiLayerNetwork net) {
    Residents.release(net);
  }

  /**
   * Bytes that activations may take of the device that computes the blocks; empty if that is the
   * processor.
   */
  public static OptionalLong deviceFreeBytes(MultiLayerNetwork net) {
    return residualLayers(net).get(0).deviceFreeBytes();
  }

  /**
   * Asks every residual layer for one kernel.
   *
   * @throws IllegalArgumentException if it cannot run them here, saying why
   */
  public static void useKernel(MultiLayerNetwork net, KernelName kernel) {
    Residents.dismiss(net);
    residualLayers(net).forEach(layer -> layer.useKernel(kernel));
  }

  /** The kernel that runs the blocks, and why. */
  public static KernelChoice kernelChoice(MultiLayerNetwork net) {
    return residualLayers(net).get(0).kernelChoice();
  }

  /**
   * What the blocks of a network like this one would keep of a minibatch for the backward pass: the
   * plan that is the fastest to fit. Of single blocks every layer has a trace of its own, and the
   * framework keeps its output, N·D numbers.
   *
   * @param depth blocks of the network; of the one given, or deeper
   * @param freeBytes memory that activations may take
   * @throws InsufficientMemoryException if no plan fits; the message says what each would take
   */
  public static MemoryPlan memoryPlan(
      MultiLayerNetwork net, int depth, int examples, long freeBytes) {
    List<ResidualLayer> layers = residualLayers(net);
    ResidualLayer first = layers.get(0);
    if (layers.size() == 1) {
      return first.memoryPlan(depth, examples, freeBytes);
    }
    long output = outputBytes(first, examples);
    long share = Math.max(0, freeBytes / depth - output);
    try {
      return first.memoryPlan(1, examples, share).inLayers(depth, output);
    } catch (InsufficientMemoryException e) {
      throw new InsufficientMemoryException(
          String.format(
              Locale.ROOT,
              "Each of %,d layers of one block may take its share of the free memory only, less %.1f"
                  + " MiB for its output. %s --layers stack takes less than layers of one block.",
              depth,
              output / MIB,
              e.getMessage()));
    }
  }

  /**
   * What the blocks would keep under one kind of plan, whether it fits or not.
   *
   * @throws IllegalArgumentException if these blocks, or their kernel, have no such plan
   */
  public static MemoryPlan memoryPlan(
      MultiLayerNetwork net, int depth, int examples, MemoryPlan.Kind kind) {
    List<ResidualLayer> layers = residualLayers(net);
    ResidualLayer first = layers.get(0);
    return layers.size() == 1
        ? first.memoryPlan(depth, examples, kind)
        : first.memoryPlan(1, examples, kind).inLayers(depth, outputBytes(first, examples));
  }

  private static long outputBytes(ResidualLayer layer, int examples) {
    return examples * layer.layerConf().getNOut() * layer.params().dataType().width();
  }

  /**
   * Keeps to one kind of memory plan for minibatches of every size.
   *
   * @throws IllegalArgumentException if these blocks, or their kernel, have no such plan
   */
  public static void useMemoryPlan(MultiLayerNetwork net, MemoryPlan.Kind kind) {
    Residents.dismiss(net);
    residualLayers(net).forEach(layer -> layer.useMemoryPlan(kind));
  }

  /** The residual layers from the input on. */
  public static List<ResidualLayer> residualLayers(MultiLayerNetwork net) {
    List<ResidualLayer> layers = new ArrayList<>();
    for (org.deeplearning4j.nn.api.Layer layer : net.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        layers.add(residual);
      }
    }
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("This network has no residual layer.");
    }
    return layers;
  }

  /** The type of arrays that a network of this precision works on. */
  public static DataType dataType(NetworkSpec.Precision precision) {
    return precision == NetworkSpec.Precision.FLOAT ? DataType.FLOAT : DataType.DOUBLE;
  }

  private static void requireSeed(long seed) {
    if (seed == 0) {
      throw new IllegalArgumentException(
          "Seed 0 is no seed: ND4J draws from the clock then. Use any other number.");
    }
  }
}
