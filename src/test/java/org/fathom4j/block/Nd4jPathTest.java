package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackCase;
import org.fathom4j.kernel.StackCase.Result;
import org.fathom4j.kernel.StackKernelContract;
import org.fathom4j.kernel.StackShape;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's operations keep the contract of the raw kernels. */
class Nd4jPathTest extends StackKernelContract {

  @Override
  protected Result compute(StackCase c) {
    StackShape shape = c.shape();
    DataType type = shape.precision() == Precision.FLOAT ? DataType.FLOAT : DataType.DOUBLE;
    ResidualStack conf = configuration(shape);
    BlockArrays parameters = BlockArrays.of(conf, table(c, type, false));
    BlockArrays gradients = BlockArrays.of(conf, table(c, type, true));
    long[] stream = {c.examples(), shape.width()};
    INDArray input = array(c.input(), type, stream);
    INDArray inference = Nd4j.valueArrayOf(stream, 12345, type);
    INDArray output = Nd4j.valueArrayOf(stream, 12345, type);
    INDArray inputGradient = Nd4j.valueArrayOf(stream, 12345, type);
    DepthProbe probe = DepthProbe.everyLayer(shape.depth());
    StackPath.Scratch scratch = StackPath.Scratch.here();
    Nd4jPath path = new Nd4jPath(activation(shape));
    path.forward(parameters, input, inference, null, scratch, null);
    path.forward(parameters, input, output, scratch, scratch, probe);
    path.backward(
        parameters,
        input,
        array(c.outputGradient(), type, stream),
        gradients,
        inputGradient,
        scratch,
        probe);
    return new Result(
        numbers(output),
        numbers(inference),
        numbers(gradients.inner()),
        numbers(gradients.outer()),
        numbers(gradients.scalars()),
        numbers(inputGradient),
        norms(probe, true),
        norms(probe, false));
  }

  @Test
  void a_nan_among_zeros_shows_in_the_norm() {
    ResidualStack conf = new ResidualStack.Builder().depth(1).width(5).linear(true).build();
    INDArray input = Nd4j.zeros(DataType.FLOAT, 3, 5).putScalar(1, 2, Double.NaN);
    Map<String, INDArray> table = Map.of("AW", Nd4j.zeros(DataType.FLOAT, 1, 5, 5));
    DepthProbe probe = DepthProbe.everyLayer(1);

    new Nd4jPath(new ActivationIdentity())
        .forward(
            BlockArrays.of(conf, table),
            input,
            Nd4j.zeros(DataType.FLOAT, 3, 5),
            null,
            StackPath.Scratch.here(),
            probe);

    assertThat(probe.activationNorm(0)).isNaN();
  }

  private static ResidualStack configuration(StackShape shape) {
    ResidualStack conf =
        new ResidualStack.Builder()
            .depth(shape.depth())
            .width(shape.width())
            .hiddenWidth(shape.hiddenWidth())
            .linear(shape.kind() == BlockKind.LINEAR)
            .build();
    conf.setBranchForm(shape.form());
    return conf;
  }

  private static Map<String, INDArray> table(StackCase c, DataType type, boolean garbage) {
    StackShape s = c.shape();
    Map<String, INDArray> table = new LinkedHashMap<>();
    boolean linear = s.kind() == BlockKind.LINEAR;
    table.put(linear ? "AW" : "VW", array(c.inner(), type, s.depth(), s.width(), s.hiddenWidth()));
    if (!linear) {
      table.put("UW", array(c.outer(), type, s.depth(), s.hiddenWidth(), s.width()));
    }
    if (s.form() != BranchForm.PLAIN) {
      table.put("SW", array(c.scalars(), type, s.depth(), s.form().scalarsPerBlock()));
    }
    if (garbage) {
      table.values().forEach(array -> array.assign(12345));
    }
    return table;
  }

  private static IActivation activation(StackShape shape) {
    return switch (shape.activation()) {
      case IDENTITY -> new ActivationIdentity();
      case RELU -> new ActivationReLU();
      case TANH -> new ActivationTanH();
      case SIGMOID -> new ActivationSigmoid();
      case SOFTPLUS -> new ActivationSoftPlus();
    };
  }

  private static INDArray array(double[] values, DataType type, long... shape) {
    return Nd4j.createFromArray(values).castTo(type).reshape('c', shape);
  }

  private static double[] numbers(INDArray array) {
    return array == null ? new double[0] : array.dup('c').data().asDouble();
  }

  private static double[] norms(DepthProbe probe, boolean activations) {
    double[] norms = new double[probe.layers().length];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = activations ? probe.activationNorm(i) : probe.gradientNorm(i);
    }
    return norms;
  }
}
