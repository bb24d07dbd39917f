package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that several commands of {@code fathom theory} share. */
final class TheoryOptions {

  static final String FORMS =
      "\"0.8,-1.3;1.1,0.6\", FILE.csv, minus-identity:D, gaussian:D:SEED, rotation:DEGREES[:SCALE],"
          + " diagonal:2,1,-0.7";

  private TheoryOptions() {}

  /** How deep the network is. */
  static final class Depth {

    @Option(
        names = "--depth",
        paramLabel = "L",
        defaultValue = "10",
        description = "Number of matrices (default: ${DEFAULT-VALUE}).")
    int depth;
  }

  /** Several depths, one after the other. */
  static final class Depths {

    private static final String OPTION = "--depths";

    @Option(names = OPTION, paramLabel = "L,…", description = "Depths (default: ${DEFAULT-VALUE}).")
    private String depths;

    /** With those that a command takes if none are said. */
    Depths(String usual) {
      depths = usual;
    }

    List<Integer> list() {
      return Numbers.depths(OPTION, depths);
    }
  }

  /** What is to be learnt, and how deep the network is. */
  static final class Problem {

    @Option(
        names = "--target",
        paramLabel = "Φ",
        defaultValue = "minus-identity:2",
        description = "The matrix to be learnt: " + FORMS + " (default: ${DEFAULT-VALUE}).")
    String target;

    @Mixin private Depth layers;

    Target target() {
      return Target.parse(target);
    }

    int depth() {
      return layers.depth;
    }
  }

  /** Where training begins. */
  static final class Start {

    @Option(
        names = "--init",
        paramLabel = "NAME",
        defaultValue = "zas",
        description =
            "Where training begins: zas[:LAYER], identity, scaled-identity:SCALE,"
                + " near-identity:SEED[:SD], near-zas:SEED:SD, xavier:SEED, balanced[:U0] (default:"
                + " ${DEFAULT-VALUE}).")
    String initialization;

    Initialization initialization() {
      return Initialization.parse(initialization);
    }
  }

  /** A singular value or several, of a target or by themselves. */
  static final class Spectrum {

    @Option(
        names = "--sigma",
        paramLabel = "σ,…",
        description =
            "Singular values of the target; ZAS depends on nothing else of it (default: those of"
                + " --target).")
    String sigma;

    @Option(
        names = "--target",
        paramLabel = "Φ",
        description = "The matrix to be learnt: " + FORMS + " (default: minus-identity:1).")
    String target;

    double[] sigma() {
      if (sigma != null && target != null) {
        throw new IllegalArgumentException(
            "--sigma and --target both say which singular values; give one of them.");
      }
      return sigma == null
          ? target().singularValues()
          : Numbers.list("--sigma", sigma).stream().mapToDouble(Double::doubleValue).toArray();
    }

    private Target target() {
      return target == null ? Target.minusIdentity(1) : Target.parse(target);
    }
  }

  /** How gradient descent goes. */
  static final class Descent {

    private static final long ITERATIONS = 1000;

    @Option(
        names = "--learning-rate",
        paramLabel = "η",
        description =
            "The step of gradient descent, the same for all layers (default: 1/K, half the largest"
                + " stable one of ZAS at this depth).")
    Double learningRate;

    @Option(
        names = "--iterations",
        paramLabel = "T",
        description = "Updates (default: the last of --at; " + ITERATIONS + " without it).")
    Long iterations;

    @Option(
        names = "--at",
        paramLabel = "t,…",
        description =
            "Iterations to show, such as 0,10,100 (default: 0, then 1, 2 and 5 times powers of ten,"
                + " then the last).")
    String at;

    double learningRate(Target target, int depth) {
      return learningRate == null
          ? 1 / Sharpness.ofLargest(target.singularValues(), depth).sharpness()
          : learningRate;
    }

    /**
     * All iterations, and these points.
     *
     * @param fine whether a picture wants points between those that are shown
     */
    DescentSpec spec(double rate, boolean fine) {
      TreeSet<Long> points = new TreeSet<>(shown());
      if (fine) {
        points.addAll(evenly(iterations()));
      }
      return DescentSpec.withRate(rate, iterations()).at(List.copyOf(points));
    }

    long iterations() {
      if (iterations != null) {
        return iterations;
      }
      return at == null ? ITERATIONS : Collections.max(at());
    }

    private List<Long> at() {
      List<Long> points = Numbers.wholeNumbers("--at", at);
      for (long point : points) {
        Numbers.require(point >= 0, "--at", "at least 0 everywhere", point);
      }
      return points;
    }

    /** The iterations to show, ascending. */
    List<Long> shown() {
      long last = iterations();
      TreeSet<Long> points = new TreeSet<>();
      if (at == null) {
        points.add(0L);
        points.add(last);
        for (long decade = 1; decade <= last; decade *= 10) {
          for (long t : new long[] {decade, 2 * decade, 5 * decade}) {
            if (t < last) {
              points.add(t);
            }
          }
        }
      } else {
        points.addAll(at());
        if (points.last() > last) {
          throw new IllegalArgumentException(
              String.format(
                  "--at %d is beyond the last iteration: --iterations is %d.",
                  points.last(), last));
        }
      }
      return List.copyOf(points);
    }

    /** Some two hundred iterations for a curve. */
    static List<Long> evenly(long last) {
      int count = (int) Math.min(last, 200);
      return LongStream.rangeClosed(0, count)
          .map(i -> count == 0 ? 0 : Math.round((double) last * i / count))
          .boxed()
          .toList();
    }
  }

  /** The result on stdout, as a table or as JSON. */
  static final class Output {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "Print one JSON object (default: a table).")
    private boolean json;

    void print(Map<String, Object> result, Consumer<PrintWriter> text) {
      PrintWriter out = command.commandLine().getOut();
      if (json) {
        out.println(Json.of(result));
      } else {
        text.accept(out);
      }
      out.flush();
    }

    /** A word beside the result. */
    void say(String message, Object... values) {
      PrintWriter err = command.commandLine().getErr();
      err.println(String.format(Locale.ROOT, message, values));
      err.flush();
    }
  }

  /** A picture of it. */
  static final class Picture {

    /** Draws into a file. */
    @FunctionalInterface
    interface Drawing {
      void into(Path file) throws IOException;
    }

    @Option(
        names = "--plot",
        paramLabel = "FILE.png",
        description = "Draw the result into this PNG file (default: no picture).")
    private Path file;

    boolean wanted() {
      return file != null;
    }

    /** Before anything is computed. */
    void check() {
      if (file != null && Files.isDirectory(file)) {
        throw new IllegalArgumentException(
            "--plot " + file + " is a directory; give the name of a PNG file.");
      }
    }

    void draw(Output output, Drawing drawing) throws IOException {
      if (file != null) {
        drawing.into(file);
        output.say("The picture is %s.", file);
      }
    }
  }
}
