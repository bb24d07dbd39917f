package org.fathom4j.theory.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.text.Spelling;

/**
 * Where the training of a linear network begins.
 *
 * <pre>{@code
 * LinearNetwork start = Initialization.parse("zas").network(target, 1000);
 * }</pre>
 */
public sealed interface Initialization {

  /** The forms that {@link #parse} knows, for help and error messages. */
  List<String> FORMS =
      List.of(
          "zas[:LAYER]",
          "identity",
          "scaled-identity:SCALE",
          "near-identity:SEED[:SD]",
          "near-zas:SEED:SD",
          "xavier:SEED",
          "balanced[:U0]");

  /** The network at the start, square layers of the target's dimension. */
  LinearNetwork network(Target target, int depth);

  /** The text that {@link #parse} makes this of. */
  String text();

  /**
   * Zero-asymmetric: W_l = I but for one layer, which is 0; equation (3.1) has it on top.
   *
   * @param zeroLayer the position of the zero, from 1 to L; 0 for L. Every position gives the same
   *     losses (theory B.1, consequence 4)
   */
  record ZeroAsymmetric(int zeroLayer) implements Initialization {

    public ZeroAsymmetric {
      if (zeroLayer < 0) {
        throw new InvalidProblemException(
            "zas:" + zeroLayer + " puts the zero into layer " + zeroLayer + "; layers begin at 1.");
      }
    }

    @Override
    public LinearNetwork network(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      int zero = zeroLayer == 0 ? depth : zeroLayer;
      if (zero > depth) {
        throw new InvalidProblemException(
            String.format(
                "%s wants its zero in a layer that depth %d does not have.", text(), depth));
      }
      List<LinearNetwork.Layer> layers =
          new ArrayList<>(
              Collections.nCopies(depth, LinearNetwork.Layer.identity(target.dimension())));
      layers.set(zero - 1, LinearNetwork.Layer.zero(target.dimension()));
      return new LinearNetwork(List.copyOf(layers));
    }

    @Override
    public String text() {
      return zeroLayer == 0 ? "zas" : "zas:" + zeroLayer;
    }
  }

  /** W_l = a I. The identity, a = 1, is the start of Bartlett, Helmbold and Long. */
  record ScaledIdentity(double scale) implements Initialization {

    public ScaledIdentity {
      if (!Double.isFinite(scale)) {
        throw new InvalidProblemException("scaled-identity:" + scale + " is not finite.");
      }
    }

    @Override
    public LinearNetwork network(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      int d = target.dimension();
      LinearNetwork.Layer layer = LinearNetwork.Layer.identity(d);
      if (scale != 1) {
        DMatrixRMaj deviation = CommonOps_DDRM.identity(d);
        CommonOps_DDRM.scale(scale - 1, deviation);
        layer = new LinearNetwork.Layer(deviation, true);
      }
      return new LinearNetwork(Collections.nCopies(depth, layer));
    }

    @Override
    public String text() {
      return scale == 1 ? "identity" : "scaled-identity:" + scale;
    }
  }

  /**
   * W_l = I + N(0, sd²): equation (5.1) with sd² = 1/(dL).
   *
   * @param deviation sd, or empty for 1/√(dL)
   */
  record NearIdentity(long seed, OptionalDouble deviation) implements Initialization {

    public NearIdentity {
      requireDeviation(deviation);
    }

    @Override
    public LinearNetwork network(Target target, int depth) {
      return draw(new PortableRandom(seed), target.dimension(), depth, deviation);
    }

    /** The next network of a stream of random numbers: layer by layer from 1, row by row. */
    public static LinearNetwork draw(
        PortableRandom random, int dimension, int depth, OptionalDouble deviation) {
      LinearNetwork.requireDepth(depth);
      double sd = deviation.orElse(Math.sqrt(1.0 / ((double) dimension * depth)));
      List<LinearNetwork.Layer> layers = new ArrayList<>(depth);
      for (int l = 0; l < depth; l++) {
        layers.add(new LinearNetwork.Layer(normals(random, dimension, sd), true));
      }
      return new LinearNetwork(List.copyOf(layers));
    }

    @Override
    public String text() {
      return "near-identity:" + seed + (deviation.isEmpty() ? "" : ":" + deviation.getAsDouble());
    }
  }

  /** ZAS with every layer disturbed by N(0, sd²): remark 3 after theorem 4.3 of Wu, Wang and Ma. */
  record NearZeroAsymmetric(long seed, double deviation) implements Initialization {

    public NearZeroAsymmetric {
      requireDeviation(OptionalDouble.of(deviation));
    }

    @Override
    public LinearNetwork network(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      PortableRandom random = new PortableRandom(seed);
      List<LinearNetwork.Layer> layers = new ArrayList<>(depth);
      for (int l = 1; l <= depth; l++) {
        layers.add(
            new LinearNetwork.Layer(normals(random, target.dimension(), deviation), l < depth));
      }
      return new LinearNetwork(List.copyOf(layers));
    }

    @Override
    public String text() {
      return "near-zas:" + seed + ":" + deviation;
    }
  }

  /** W_l ~ N(0, 1/d), the standard start without residual connections. */
  record Xavier(long seed) implements Initialization {

    @Override
    public LinearNetwork network(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      PortableRandom random = new PortableRandom(seed);
      double sd = Math.sqrt(1.0 / target.dimension());
      List<LinearNetwork.Layer> layers = new ArrayList<>(depth);
      for (int l = 0; l < depth; l++) {
        layers.add(new LinearNetwork.Layer(normals(random, target.dimension(), sd), false));
      }
      return new LinearNetwork(List.copyOf(layers));
    }

    @Override
    public String text() {
      return "xavier:" + seed;
    }
  }

  /**
   * Balanced and aligned with the target Φ = U Σ Vᵀ: W_1 = s Vᵀ, W_l = s I, W_L = s U with s^L =
   * u_0, so that the product is u_0 U Vᵀ, D_l = 0, and every singular mode learns by itself.
   *
   * @param start u_0, positive
   * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2013</a>
   */
  record Balanced(double start) implements Initialization {

    /** u_0 where none is given. */
    public static final double START = 0.1;

    public Balanced {
      if (!(start > 0) || !Double.isFinite(start)) {
        throw new InvalidProblemException(
            "balanced:" + start + " starts its modes at " + start + "; u_0 is positive.");
      }
    }

    @Override
    public LinearNetwork network(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      int d = target.dimension();
      double s = Math.exp(Math.log(start) / depth);
      DMatrixRMaj inner = CommonOps_DDRM.identity(d);
      CommonOps_DDRM.scale(Math.expm1(Math.log(start) / depth), inner);
      List<LinearNetwork.Layer> layers =
          new ArrayList<>(Collections.nCopies(depth, new LinearNetwork.Layer(inner, true)));
      DMatrixRMaj first = new DMatrixRMaj(d, d);
      CommonOps_DDRM.transpose(target.rightSingularVectors(), first);
      DMatrixRMaj last = target.leftSingularVectors();
      if (depth == 1) {
        DMatrixRMaj only = new DMatrixRMaj(d, d);
        CommonOps_DDRM.mult(start, last, first, only);
        layers.set(0, new LinearNetwork.Layer(only, false));
      } else {
        CommonOps_DDRM.scale(s, first);
        CommonOps_DDRM.scale(s, last);
        layers.set(0, new LinearNetwork.Layer(first, false));
        layers.set(depth - 1, new LinearNetwork.Layer(last, false));
      }
      return new LinearNetwork(List.copyOf(layers));
    }

    @Override
    public String text() {
      return start == START ? "balanced" : "balanced:" + start;
    }
  }

  /** Zero-asymmetric with the zero on top, equation (3.1) of Wu, Wang and Ma. */
  static Initialization zas() {
    return new ZeroAsymmetric(0);
  }

  /** W_l = I. */
  static Initialization identity() {
    return new ScaledIdentity(1);
  }

  /**
   * Reads an initialization as it is typed on the command line: one of {@link #FORMS}.
   *
   * @throws InvalidProblemException if the text is none of these
   */
  static Initialization parse(String text) {
    String[] words = text.strip().split(":", -1);
    List<String> values = Arrays.asList(words).subList(1, words.length);
    return switch (words[0]) {
      case "zas" -> {
        requireValues(text, values, 0, 1);
        yield values.isEmpty()
            ? zas()
            : new ZeroAsymmetric((int) wholeNumber(text, values.get(0), 1, Integer.MAX_VALUE));
      }
      case "identity" -> {
        requireValues(text, values, 0, 0);
        yield identity();
      }
      case "scaled-identity" -> {
        requireValues(text, values, 1, 1);
        yield new ScaledIdentity(number(text, values.get(0)));
      }
      case "near-identity" -> {
        requireValues(text, values, 1, 2);
        yield new NearIdentity(
            seed(text, values.get(0)),
            values.size() == 1
                ? OptionalDouble.empty()
                : OptionalDouble.of(number(text, values.get(1))));
      }
      case "near-zas" -> {
        requireValues(text, values, 2, 2);
        yield new NearZeroAsymmetric(seed(text, values.get(0)), number(text, values.get(1)));
      }
      case "xavier" -> {
        requireValues(text, values, 1, 1);
        yield new Xavier(seed(text, values.get(0)));
      }
      case "balanced" -> {
        requireValues(text, values, 0, 1);
        yield new Balanced(values.isEmpty() ? Balanced.START : number(text, values.get(0)));
      }
      default ->
          throw new InvalidProblemException(
              Spelling.unknown(
                  "initialization",
                  words[0],
                  FORMS,
                  FORMS.stream().map(form -> form.split("[:\\[]")[0]).toList()));
    };
  }

  private static DMatrixRMaj normals(PortableRandom random, int dimension, double deviation) {
    DMatrixRMaj matrix = random.normalMatrix(dimension, dimension);
    CommonOps_DDRM.scale(deviation, matrix);
    return matrix;
  }

  private static void requireDeviation(OptionalDouble deviation) {
    if (deviation.isPresent()
        && !(deviation.getAsDouble() >= 0 && Double.isFinite(deviation.getAsDouble()))) {
      throw new InvalidProblemException(
          "The standard deviation of an initialization is "
              + deviation.getAsDouble()
              + "; it must not be negative.");
    }
  }

  private static void requireValues(String text, List<String> values, int least, int most) {
    if (values.size() < least || values.size() > most) {
      throw new InvalidProblemException(
          String.format(
              "The initialization '%s' has %d values after its name. The forms are: %s.",
              text, values.size(), String.join(", ", FORMS)));
    }
  }

  private static long seed(String text, String word) {
    return wholeNumber(text, word, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static long wholeNumber(String text, String word, long least, long most) {
    try {
      long number = Long.parseLong(word);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new InvalidProblemException(
          String.format("The initialization '%s': '%s' is not a whole number.", text, word), e);
    }
    throw new InvalidProblemException(
        String.format(
            "The initialization '%s': %s is not between %d and %d.", text, word, least, most));
  }

  private static double number(String text, String word) {
    try {
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw new InvalidProblemException(
          String.format("The initialization '%s': '%s' is not a number.", text, word), e);
    }
  }
}
