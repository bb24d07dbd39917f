package org.fathom4j.block;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.fathom4j.init.BranchScalars;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.init.WeightLaw;

/** Schemes for the tests of this room; they say in the numbers what was asked of them. */
@SuppressWarnings("serial") // never serialized
final class Schemes {

  private Schemes() {}

  /** A law whose entries tell its matrix, its fans, and their place. */
  record Marked(String matrix, NetworkShape shape, List<String> calls) implements WeightLaw {
    @Override
    public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
      calls.add(matrix + " " + nIn + "->" + nOut);
      for (int i = 0; i < nIn * nOut; i++) {
        weights[i] = calls.size() * 1000 + i;
      }
    }

    @Override
    public double meanSquare(int nIn, int nOut) {
      return Double.NaN;
    }

    @Override
    public String formula() {
      return "marked";
    }
  }

  /** Records which law was asked for, with which sizes of the network, and how it was drawn. */
  static final class Recording implements InitializationScheme {

    final List<String> draws = new ArrayList<>();
    final List<NetworkShape> shapes = new ArrayList<>();

    private WeightLaw law(String matrix, NetworkShape shape) {
      shapes.add(shape);
      return new Marked(matrix, shape, draws);
    }

    @Override
    public String name() {
      return "recording";
    }

    @Override
    public WeightLaw embedding(NetworkShape shape) {
      return law("V_0", shape);
    }

    @Override
    public WeightLaw inner(NetworkShape shape) {
      return law("V", shape);
    }

    @Override
    public WeightLaw outer(NetworkShape shape) {
      return law("U", shape);
    }

    @Override
    public WeightLaw linear(NetworkShape shape) {
      return law("A", shape);
    }

    @Override
    public WeightLaw readout(NetworkShape shape) {
      return law("U_{L+1}", shape);
    }
  }

  /** Independent normal entries. */
  public static final class Normal implements WeightLaw {

    private double deviation;

    /** For the framework's JSON. */
    public Normal() {}

    Normal(double deviation) {
      this.deviation = deviation;
    }

    @Override
    public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
      for (int i = 0; i < nIn * nOut; i++) {
        weights[i] = deviation * random.nextGaussian();
      }
    }

    @Override
    public double meanSquare(int nIn, int nOut) {
      return deviation * deviation;
    }

    @Override
    public String formula() {
      return "N(0, " + deviation + "²)";
    }
  }

  /** Normal matrices everywhere; with branch scalars if asked for. Part of saved models. */
  public static final class Gaussian implements InitializationScheme {

    private double deviation;
    private boolean scaled;
    private boolean biased;
    private double multiplier = 1;
    private double learningRateMultiplier = 1;

    /** For the framework's JSON. */
    public Gaussian() {}

    Gaussian(double deviation) {
      this.deviation = deviation;
    }

    Gaussian scalars(double multiplier, boolean biased, double learningRateMultiplier) {
      Gaussian other = new Gaussian(deviation);
      other.scaled = true;
      other.biased = biased;
      other.multiplier = multiplier;
      other.learningRateMultiplier = learningRateMultiplier;
      return other;
    }

    @Override
    public String name() {
      return "gaussian";
    }

    @Override
    public WeightLaw embedding(NetworkShape shape) {
      return new Normal(deviation);
    }

    @Override
    public WeightLaw inner(NetworkShape shape) {
      return new Normal(deviation);
    }

    @Override
    public WeightLaw outer(NetworkShape shape) {
      return new Normal(deviation / shape.depth());
    }

    @Override
    public WeightLaw linear(NetworkShape shape) {
      return new Normal(deviation / shape.depth());
    }

    @Override
    public WeightLaw readout(NetworkShape shape) {
      return new Normal(deviation);
    }

    @Override
    public Optional<BranchScalars> scalars(NetworkShape shape) {
      return scaled
          ? Optional.of(new BranchScalars(multiplier, biased, learningRateMultiplier))
          : Optional.empty();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Gaussian that
          && deviation == that.deviation
          && scaled == that.scaled
          && biased == that.biased
          && multiplier == that.multiplier
          && learningRateMultiplier == that.learningRateMultiplier;
    }

    @Override
    public int hashCode() {
      return Objects.hash(deviation, scaled, biased, multiplier, learningRateMultiplier);
    }
  }
}
