package org.fathom4j.laboratory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.fathom4j.plot.TheoryPlot;
import org.fathom4j.plot.TheoryPlot.Curve;
import org.fathom4j.plot.TheoryPlot.Scale;
import org.fathom4j.theory.factorization.Factorization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.memorization.Memorization;

/**
 * Pictures of networks that were built and not trained: what was made is solid, what was promised
 * dashed.
 *
 * <p>Every method writes a PNG and throws {@link IOException} if it cannot.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorems 2.1 and 3.2</a>
 */
public final class ConstructionFigures {

  /** Layers, or images, that a curve shows; between them it looks the same. */
  private static final int MOST_POINTS = 200;

  /** Below this relative margin rounding could not tell two points apart. */
  private static final double ROUNDING = Math.ulp(1.0);

  /** Where every output is nearer to its own than this, the right one is the largest. */
  private static final double RECOGNISED = 0.5;

  private ConstructionFigures() {}

  /** The distance of every factor from the identity beside its bound; the product as it grows. */
  public static Path factorization(
      Target target, String method, Factorization factorization, Path file) throws IOException {
    LinearNetwork network = factorization.network();
    int depth = network.depth();
    SortedSet<Integer> shown = new TreeSet<>(evenly(1, depth));
    List<Double> layers = shown.stream().map(layer -> (double) layer).toList();
    List<Curve> norms = new ArrayList<>();
    norms.add(
        TheoryPlot.measured(
            "‖A_l‖ of the factor I + A_l",
            layers,
            layers.stream()
                .map(layer -> NormOps_DDRM.inducedP2(network.deviation(layer.intValue())))
                .toList()));
    if (Double.isFinite(factorization.bound())) {
      norms.add(
          TheoryPlot.predicted(
              "bound of max ‖A_l‖",
              List.of(1.0, (double) depth),
              Collections.nCopies(2, factorization.bound())));
    }
    return new TheoryPlot(
            String.format(
                "%s as a product of %d factors, %s%s",
                target.name(), depth, method, factorization.padded() ? ", padded" : ""))
        .panel("", "layer l", "distance from the identity", Scale.LINEAR, norms)
        .panel(
            "",
            "layer l",
            "singular values of W_l ⋯ W_1",
            Scale.LINEAR,
            Figures.modes(
                layers,
                partialProducts(network, shown),
                sigma(target, factorization),
                Figures.MOST_MODES))
        .write(file);
  }

  /** The singular values of W_l ⋯ W_1 at some layers, descending. */
  private static List<List<Double>> partialProducts(
      LinearNetwork network, SortedSet<Integer> shown) {
    List<List<Double>> values = new ArrayList<>();
    DMatrixRMaj product = CommonOps_DDRM.identity(network.inputWidth());
    for (int l = 1; l <= network.depth(); l++) {
      DMatrixRMaj next = new DMatrixRMaj(product.numRows, product.numCols);
      CommonOps_DDRM.mult(network.weight(l), product, next);
      product = next;
      if (shown.contains(l)) {
        values.add(descending(SingularOps_DDRM.singularValues(product)));
      }
    }
    return values;
  }

  /** Those of the target, and 1 in the dimension that was added. */
  private static double[] sigma(Target target, Factorization factorization) {
    return descending(
            factorization.padded()
                ? DoubleStream.concat(DoubleStream.of(target.singularValues()), DoubleStream.of(1))
                    .toArray()
                : target.singularValues())
        .stream()
        .mapToDouble(value -> value)
        .toArray();
  }

  private static List<Double> descending(double[] values) {
    return DoubleStream.of(values).boxed().sorted(Collections.reverseOrder()).toList();
  }

  /** The errors of all images in their order, and how clearly each block tells its points apart. */
  public static Path memorization(Memorization memorization, Path file) throws IOException {
    List<Double> errors = memorization.errors().stream().sorted().toList();
    int exact = (int) errors.stream().filter(error -> error == 0).count();
    List<Integer> shown = exact < errors.size() ? evenly(exact, errors.size() - 1) : List.of();
    List<Double> parts = shown.stream().map(i -> (i + 1.0) / errors.size()).toList();
    List<Double> margins = memorization.margins();
    List<Double> blocks =
        IntStream.rangeClosed(1, margins.size()).mapToObj(block -> (double) block).toList();
    return new TheoryPlot(
            String.format(
                "%d images memorized by %d blocks, accuracy %s",
                memorization.points(),
                memorization.layers(),
                Figures.number(memorization.accuracy())))
        .panel(
            "the images, from the best to the worst",
            "part of the images",
            "largest error of an output",
            Scale.LOGARITHMIC,
            List.of(
                TheoryPlot.measured(
                    "no more than this error, none in " + exact + " images",
                    parts,
                    shown.stream().map(errors::get).toList()),
                TheoryPlot.predicted(
                    "recognised below ½", List.of(0.0, 1.0), Collections.nCopies(2, RECOGNISED))))
        .panel(
            "how clearly the units of a block see one image only",
            "block",
            "least relative margin",
            Scale.LOGARITHMIC,
            List.of(
                TheoryPlot.measured("least margin of a block", blocks, margins),
                TheoryPlot.predicted(
                    "rounding",
                    List.of(1.0, (double) margins.size()),
                    Collections.nCopies(2, ROUNDING))))
        .write(file);
  }

  /** Some two hundred whole numbers, or all if they are fewer, with both ends. */
  private static List<Integer> evenly(int first, int last) {
    int steps = Math.min(MOST_POINTS, last - first);
    return steps == 0
        ? List.of(first)
        : IntStream.rangeClosed(0, steps)
            .mapToObj(i -> (int) (first + Math.round((double) (last - first) * i / steps)))
            .toList();
  }
}
