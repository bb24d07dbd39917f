package org.fathom4j.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;

/**
 * The stack in PyTorch, through DJL: automatic differentiation, then PyTorch's own SGD step matrix
 * by matrix, as DJL's optimizer calls it. Single precision, nonlinear blocks.
 */
final class PyTorchStack implements StackIteration {

  private final Engine engine = Engine.getEngine("PyTorch");
  private final NDManager manager = engine.newBaseManager();
  private final NDArray[] inner; // V: [D, M]
  private final NDArray[] outer; // U: [M, D]
  private final NDArray input; // [N, D]
  private final float rate;

  PyTorchStack(BenchSpec spec) {
    StackNumbers numbers = new StackNumbers(spec.stack());
    int d = spec.width();
    int m = spec.hiddenWidth();
    rate = (float) (spec.learningRate() / spec.batchSize());
    inner = new NDArray[spec.depth()];
    outer = new NDArray[spec.depth()];
    float[] matrix = new float[d * m];
    for (int l = 0; l < spec.depth(); l++) {
      long offset = (long) l * matrix.length;
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = (float) numbers.inner(offset + i);
      }
      inner[l] = parameter(matrix, d, m);
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = (float) numbers.outer(offset + i);
      }
      outer[l] = parameter(matrix, m, d);
    }
    float[] z = new float[spec.batchSize() * d];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) numbers.input(i);
    }
    input = manager.create(z, new Shape(spec.batchSize(), d));
  }

  private NDArray parameter(float[] matrix, int rows, int columns) {
    NDArray parameter = manager.create(matrix, new Shape(rows, columns));
    parameter.setRequiresGradient(true);
    return parameter;
  }

  /** PyTorch's version. */
  static String version() {
    return Engine.getEngine("PyTorch").getVersion();
  }

  @Override
  public void run() {
    try (NDManager pass = manager.newSubManager()) {
      forwardAndBackward(pass);
      for (int l = 0; l < inner.length; l++) {
        update(inner[l]);
        update(outer[l]);
      }
    }
  }

  /** Gradients of all weights and of Z_0; arrays made on the way belong to the manager given. */
  private NDArray forwardAndBackward(NDManager pass) {
    try (GradientCollector collector = engine.newGradientCollector()) {
      NDArray z = input.duplicate();
      z.attach(pass);
      z.setRequiresGradient(true);
      for (int l = 0; l < inner.length; l++) {
        NDArray before = z;
        // What automatic differentiation does not keep is free at once, as in Python.
        try (NDArray product = before.matMul(inner[l]);
            NDArray hidden = product.getNDArrayInternal().relu();
            NDArray branch = hidden.matMul(outer[l])) {
          z = before.add(branch);
        }
        if (l > 0) {
          before.close();
        }
      }
      collector.backward(z); // from ones: of R = Σ Z_L
      return z;
    }
  }

  /** w ← w − η ∂R/∂w, then ∂R/∂w ← 0. */
  private void update(NDArray weights) {
    try (NDArray gradient = weights.getGradient()) {
      NDList momentumIsUnused = new NDList(weights, gradient, weights);
      weights
          .getNDArrayInternal()
          .sgdUpdate(momentumIsUnused, new NDList(weights), rate, 0, 0, 1, -1, false);
    }
  }

  @Override
  public Outcome outcome() {
    try (NDManager pass = manager.newSubManager()) {
      double[] output = doubles(forwardAndBackward(pass));
      double[] gradients = new double[2 * inner.length * Math.toIntExact(inner[0].size())];
      int at = 0;
      for (NDArray[] matrices : new NDArray[][] {inner, outer}) {
        for (NDArray weights : matrices) {
          try (NDArray gradient = weights.getGradient()) {
            double[] numbers = doubles(gradient);
            System.arraycopy(numbers, 0, gradients, at, numbers.length);
            at += numbers.length;
            gradient.subi(gradient);
          }
        }
      }
      return new Outcome(output, gradients);
    }
  }

  private static double[] doubles(NDArray array) {
    try (NDArray wide = array.toType(DataType.FLOAT64, true)) {
      return wide.toDoubleArray();
    }
  }

  @Override
  public void fillInput(double value) {
    input.muli(0).addi(value);
  }

  @Override
  public String memoryPlan() {
    return "keeps what automatic differentiation keeps";
  }

  @Override
  public void close() {
    manager.close();
  }
}
