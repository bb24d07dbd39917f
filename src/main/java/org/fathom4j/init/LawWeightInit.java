package org.fathom4j.init;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Starts a matrix of any Deeplearning4j layer from a law of this room.
 *
 * <pre>{@code
 * new DenseLayer.Builder().nIn(784).nOut(64)
 *     .weightInit(LawWeightInit.of(Initializers.parse("mzas"), NetworkMatrix.EMBEDDING))
 * }</pre>
 *
 * <p>Takes one long from ND4J's generator, seeded by the configuration's {@code seed}, and draws
 * all entries in double precision from a generator seeded by it: the same seed gives the same
 * matrix in every data type, up to rounding.
 *
 * @param law of the matrix; its class name is part of the saved model
 */
public record LawWeightInit(@JsonProperty("law") WeightLaw law) implements IWeightInit {

  private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
      RandomGeneratorFactory.of("L64X128MixRandom");

  /** Two networks that agree in no size: a law equal for both looks at none. */
  private static final NetworkShape ONE_SHAPE = new NetworkShape(7, 5, 3, 11, 2);

  private static final NetworkShape OTHER_SHAPE = new NetworkShape(29, 23, 19, 17, 13);

  @JsonCreator
  public LawWeightInit {
    if (law == null) {
      throw new IllegalArgumentException("LawWeightInit needs a law.");
    }
  }

  /** Any law, such as one that a scheme gives for a known {@link NetworkShape}. */
  public static LawWeightInit of(WeightLaw law) {
    return new LawWeightInit(law);
  }

  /**
   * The law that a scheme gives one of its matrices, if that says all about the matrix.
   *
   * @throws IllegalArgumentException if the law depends on the sizes of the whole network, or the
   *     scheme adds scalars to the residual branch that the matrix is part of
   */
  public static LawWeightInit of(InitializationScheme scheme, NetworkMatrix matrix) {
    WeightLaw law = matrix.law(scheme, ONE_SHAPE);
    if (!law.equals(matrix.law(scheme, OTHER_SHAPE))) {
      throw new IllegalArgumentException(
          String.format(
              "Initializer '%s' draws %s from %s, which depends on the whole network; a layer knows"
                  + " its own size only. Give the law for your network:"
                  + " LawWeightInit.of(NetworkMatrix.%s.law(scheme, new NetworkShape(inputs, width,"
                  + " hiddenWidth, depth, classes))).",
              scheme.name(), matrix.symbol(), law.formula(), matrix.name()));
    }
    if (matrix.inResidualBranch() && scheme.scalars(ONE_SHAPE).isPresent()) {
      throw new IllegalArgumentException(
          String.format(
              "Initializer '%s' gives each residual branch trainable scalars, which the law of %s"
                  + " alone cannot add. Use a residual layer with this scheme, or"
                  + " LawWeightInit.of(law) if the matrix alone is what you want.",
              scheme.name(), matrix.symbol()));
    }
    return new LawWeightInit(law);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the parameter is no matrix [fanIn, fanOut]: convolutions
   *     and recurrent layers count fans in their own ways, for which the laws here are not stated
   */
  @Override
  public INDArray init(double fanIn, double fanOut, long[] shape, char order, INDArray paramView) {
    if (shape.length != 2 || shape[0] != fanIn || shape[1] != fanOut) {
      throw new IllegalArgumentException(
          String.format(
              "LawWeightInit starts matrices [fanIn, fanOut], but this parameter has the shape %s"
                  + " with fanIn=%s and fanOut=%s. Use it on dense layers.",
              Arrays.toString(shape), Numbers.text(fanIn), Numbers.text(fanOut)));
    }
    int nIn = Math.toIntExact(shape[0]);
    int nOut = Math.toIntExact(shape[1]);
    double[] weights = new double[Math.multiplyExact(nIn, nOut)];
    law.fill(nIn, nOut, GENERATORS.create(Nd4j.getRandom().nextLong()), weights);
    INDArray matrix = paramView.reshape(order, shape);
    matrix.assign(Nd4j.createFromArray(weights).reshape('c', nIn, nOut));
    return matrix;
  }
}
