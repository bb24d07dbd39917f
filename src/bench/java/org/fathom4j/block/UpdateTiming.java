package org.fathom4j.block;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.init.Initializers;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * How much faster the update in one pass is than the stock sequence, division, updater and step, on
 * the arrays of one network, in turn.
 *
 * <pre>{@code UpdateTiming L D M [repetitions]}</pre>
 *
 * <p>Prints the median of the ratios and their quartiles for every rule; the machine may be busy.
 */
public final class UpdateTiming {

  private static final int EXAMPLES = 128;

  /** Until the vector code is compiled. */
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private UpdateTiming() {}

  /** Times one shape. */
  public static void main(String[] args) {
    int repetitions = args.length > 3 ? Integer.parseInt(args[3]) : 40;
    for (IUpdater rule : List.of(new Sgd(1e-9), new Nesterovs(1e-9, 0.9), new Adam(1e-9))) {
      time(network(args, rule), rule.getClass().getSimpleName(), repetitions);
    }
  }

  private static MultiLayerNetwork network(String[] args, IUpdater rule) {
    int width = Integer.parseInt(args[1]);
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .dataType(DataType.FLOAT)
                .updater(rule)
                .list()
                .layer(new DenseLayer.Builder().nIn(5).nOut(width).build())
                .layer(
                    new ResidualStack.Builder()
                        .depth(Integer.parseInt(args[0]))
                        .width(width)
                        .hiddenWidth(Integer.parseInt(args[2]))
                        .activation(Activation.RELU)
                        .initialization(Initializers.parse("mzas"))
                        .build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MSE)
                        .nIn(width)
                        .nOut(3)
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
    network.init();
    return network;
  }

  private static void time(MultiLayerNetwork network, String name, int repetitions) {
    MultiLayerUpdater stock = (MultiLayerUpdater) network.getUpdater();
    UpdatePlan plan = new UpdatePlan(stock);
    INDArray parameters = network.params();
    INDArray gradient = stock.getFlattenedGradientsView();
    double[] ratios = new double[repetitions];
    double[] seconds = new double[repetitions];
    long warm = System.nanoTime() + WARM_UP_NANOS;
    for (int update = 0; System.nanoTime() < warm; update++) {
      stockAndOnePass(stock, plan, parameters, gradient, update);
    }
    for (int i = 0; i < repetitions; i++) {
      long[] nanos = stockAndOnePass(stock, plan, parameters, gradient, i);
      ratios[i] = (double) nanos[0] / nanos[1];
      seconds[i] = nanos[1] * 1e-9;
    }
    Arrays.sort(ratios);
    Arrays.sort(seconds);
    System.out.printf(
        Locale.ROOT,
        "%s, %d parameters: %.2f times as fast (quartiles %.2f to %.2f), %.4f s%n",
        name,
        parameters.length(),
        ratios[repetitions / 2],
        ratios[repetitions / 4],
        ratios[repetitions * 3 / 4],
        seconds[repetitions / 2]);
  }

  /** Nanoseconds of {stock, one pass}. */
  private static long[] stockAndOnePass(
      MultiLayerUpdater stock, UpdatePlan plan, INDArray parameters, INDArray gradient, int i) {
    gradient.assign(1e-3);
    long start = System.nanoTime();
    stock.update(
        new DefaultGradient(gradient), i, 0, EXAMPLES, LayerWorkspaceMgr.noWorkspaces());
    parameters.subi(gradient.reshape(gradient.length()));
    long middle = System.nanoTime();
    plan.at(i, 0, EXAMPLES).run(parameters, gradient);
    return new long[] {middle - start, System.nanoTime() - middle};
  }
}
