package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Seeds;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingProgress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;

/**
 * The cause that a verdict names, against a {@link DirectLook} at the activations and gradients of
 * the same parameters. The minibatch is the whole training split, so that there is one loss.
 */
class CausesTest {

  private static final double CHANCE = 0.1;
  private static final int DONE = 8;
  private static final long SEED = 3;
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?(e[-+]?\\d+)?");
  private static final List<String> TABLE = new ArrayList<>();

  @TempDir Path runs;

  private static ExperimentSpec experiment(
      String init,
      int depth,
      double rate,
      Precision precision,
      Block block,
      Activation activation,
      Loss loss,
      int iterations) {
    return new ExperimentSpec(
        "cause",
        SEED,
        new ExperimentSpec.DataSpec("fake", null, null, null, Preprocessing.UNIT),
        new ExperimentSpec.Architecture(
            depth, 12, 5, activation, block, init, loss, Layers.STACK, precision),
        new ExperimentSpec.Optimization(
            OptimizerSpec.Method.SGD, rate, "constant", 0.9, 0, iterations, null, 0),
        "auto",
        iterations,
        0);
  }

  private Trainer trainer() {
    return new Trainer(runs, Comparisons.HOME, List.of(), TrainingProgress.SILENT, () -> false);
  }

  @ParameterizedTest
  @CsvSource({
    // activations that grow with depth alone
    "xavier,               700, 0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "xavier-uniform,       640, 0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "xavier:fan=in,        620, 0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "he,                   240, 0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "orthogonal:gain=1e10, 6,   0.5,    FLOAT,  NONLINEAR, RELU, MSE",
    "orthogonal:gain=1e45, 6,   0.5,    DOUBLE, NONLINEAR, RELU, MCXENT",
    "he,                   220, 0.1,    FLOAT,  NONLINEAR, RELU, MCXENT",
    // a loss, or gradients, that grow sooner
    "he,                   120, 0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "he,                   200, 0.1,    FLOAT,  NONLINEAR, TANH, MSE",
    "orthogonal:gain=1e4,  4,   0.5,    FLOAT,  NONLINEAR, RELU, MSE",
    "orthogonal:gain=1e30, 4,   0.5,    DOUBLE, NONLINEAR, RELU, MSE",
    "orthogonal:gain=1e4,  4,   0.5,    FLOAT,  NONLINEAR, RELU, MCXENT",
    "orthogonal:gain=1e3,  6,   0.5,    FLOAT,  NONLINEAR, RELU, MCXENT",
    "orthogonal:gain=1e40, 3,   0.5,    DOUBLE, NONLINEAR, RELU, MCXENT",
    "he,                   130, 0.1,    FLOAT,  NONLINEAR, RELU, MCXENT",
    // too large a learning rate
    "he,                   60,  0.1,    FLOAT,  NONLINEAR, RELU, MSE",
    "he,                   40,  0.1,    FLOAT,  NONLINEAR, RELU, MCXENT",
    "orthogonal,           100, 0.1,    FLOAT,  LINEAR,    RELU, MSE",
    "xavier,               50,  0.1,    FLOAT,  LINEAR,    RELU, MSE",
    "near-identity,        20,  100,    FLOAT,  LINEAR,    RELU, MSE",
    "hardt-ma,             30,  1e3,    FLOAT,  NONLINEAR, RELU, MSE",
    "hardt-ma,             30,  20,     DOUBLE, NONLINEAR, RELU, MSE",
    "mzas,                 20,  1e6,    FLOAT,  NONLINEAR, RELU, MSE",
    "mzas,                 20,  1e30,   FLOAT,  NONLINEAR, RELU, MSE",
    "mzas,                 20,  1e60,   DOUBLE, NONLINEAR, RELU, MSE",
    "mzas,                 60,  30,     FLOAT,  NONLINEAR, TANH, MSE",
    "mzas,                 10,  1e5,    FLOAT,  NONLINEAR, RELU, MCXENT",
    "fixup,                30,  1e4,    FLOAT,  NONLINEAR, RELU, MSE",
    "rezero,               20,  1e5,    FLOAT,  NONLINEAR, RELU, MSE",
    "identity,             10,  1e6,    FLOAT,  NONLINEAR, RELU, MSE",
    "zero,                 30,  1e4,    FLOAT,  NONLINEAR, RELU, MSE",
    "stable,               50,  1e4,    DOUBLE, NONLINEAR, RELU, MSE",
    // numbers that stay finite
    "mzas,                 10,  20,     FLOAT,  NONLINEAR, TANH, MSE",
    "xavier,               30,  1e-3,   FLOAT,  NONLINEAR, TANH, MSE",
    // numbers too small for their type
    "mzas,                 7,   1e-40,  FLOAT,  NONLINEAR, RELU, MSE",
    "mzas,                 30,  1e-310, DOUBLE, NONLINEAR, RELU, MSE",
    "idinit:epsilon=1e-42, 9,   1e-45,  FLOAT,  NONLINEAR, TANH, MSE",
    "mzas,                 30,  1e-40,  DOUBLE, NONLINEAR, RELU, MSE",
    "xavier,               55,  1e-9,   FLOAT,  NONLINEAR, RELU, MSE",
    "xavier,               150, 1e-20,  FLOAT,  NONLINEAR, RELU, MSE",
  })
  void a_verdict_names_the_cause_that_a_direct_look_finds(
      String init,
      int depth,
      double rate,
      Precision precision,
      Block block,
      Activation activation,
      Loss loss)
      throws IOException {
    ExperimentSpec spec = experiment(init, depth, rate, precision, block, activation, loss, DONE);
    RunDirectory run = new RunDirectory(trainer().run(spec).run());
    RunRecord record = RunRecord.read(run.runJson());
    Verdict verdict =
        Verdict.of(
            record,
            depth,
            precision,
            MetricLog.read(run.metricsCsv()),
            DepthProfileLog.read(run.depthProfileCsv()),
            CHANCE);
    String seen = directly(spec, record, run);
    TABLE.add(
        String.format(
            Locale.ROOT,
            "%-28s L=%-5d η=%-7.0e %-6s %-9s %-4s %-6s  %s: %s%n%70s%s",
            init,
            depth,
            rate,
            precision,
            block,
            activation,
            loss,
            verdict.outcome().word(),
            verdict.cause().orElse(""),
            "direct  ",
            seen));
    assertThat(verdict.outcome()).isNotEqualTo(Outcome.LEARNS);
    requireSame(verdict.outcome().word() + ": " + verdict.cause().orElse(""), seen);
  }

  /** The same words, the same whole numbers, and measured ones within a part of their rounding. */
  private static void requireSame(String said, String seen) {
    assertThat(NUMBER.matcher(said).replaceAll("#"))
        .isEqualTo(NUMBER.matcher(seen).replaceAll("#"));
    List<String> numbersSaid = NUMBER.matcher(said).results().map(MatchResult::group).toList();
    List<String> numbersSeen = NUMBER.matcher(seen).results().map(MatchResult::group).toList();
    for (int i = 0; i < numbersSaid.size(); i++) {
      double one = Double.parseDouble(numbersSaid.get(i));
      double other = Double.parseDouble(numbersSeen.get(i));
      assertThat(one).as("%s | %s", said, seen).isCloseTo(other, within(0.06 * Math.abs(other)));
    }
  }

  private String directly(ExperimentSpec spec, RunRecord record, RunDirectory run)
      throws IOException {
    Dataset dataset = trainer().check(spec);
    Precision precision = spec.architecture().precision();
    MultiLayerNetwork ended = ModelArchive.read(run.modelZip());
    DirectLook last = look(spec, dataset, ended);
    if (record.status() == RunStatus.DIVERGED) {
      return "diverges: "
          + last.beyond(precision)
          + " in iteration "
          + record.divergence().iteration();
    }
    MultiLayerNetwork created =
        ResidualNetwork.create(
            spec.networkFor(dataset),
            spec.optimizerOf(dataset.train().size()),
            Seeds.of(SEED).weights());
    DirectLook first = look(spec, dataset, created);
    // The last profile saw the parameters before the last update.
    ExperimentSpec shorter =
        experiment(
            spec.architecture().initialization(),
            spec.architecture().depth(),
            spec.optimization().learningRate(),
            precision,
            spec.architecture().block(),
            spec.architecture().activation(),
            spec.architecture().loss(),
            DONE - 1);
    RunDirectory before = new RunDirectory(trainer().run(shorter).run());
    DirectLook profiled = look(spec, dataset, ModelArchive.read(before.modelZip()));
    return inWords(spec, first, profiled, last);
  }

  private static DirectLook look(ExperimentSpec spec, Dataset dataset, MultiLayerNetwork net) {
    return new DirectLook(spec.networkFor(dataset), net, dataset.train());
  }

  private static String inWords(
      ExperimentSpec spec, DirectLook first, DirectLook profiled, DirectLook last) {
    int depth = spec.architecture().depth();
    boolean isFloat = spec.architecture().precision() == Precision.FLOAT;
    double growth = profiled.activationNorm(depth) / profiled.activationNorm(0);
    String grows =
        growth >= 1e3
            ? format(
                "; activations grow by %.1e up to layer %d (iteration %d)", growth, depth, DONE)
            : "";
    if (last.loss() > 10 * first.loss()) {
      return format("diverges: the training loss rose from %.3g to %.3g", first.loss(), last.loss())
          + grows;
    }
    double least = isFloat ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    String type = isFloat ? "float32" : "float64";
    for (int l = 0; l <= depth; l++) {
      if (profiled.activationNorm(l) < least) {
        return format(
            "underflows: activations underflow %s at %s: norm %.2g in iteration %d",
            type, l == 0 ? "the embedding" : "layer " + l, profiled.activationNorm(l), DONE);
      }
    }
    for (int l = depth; l >= 0; l--) {
      if (profiled.gradientNorm(l) < least) {
        return format(
            "underflows: gradients underflow %s at %s: norm %.2g in iteration %d",
            type, l == 0 ? "the embedding" : "layer " + l, profiled.gradientNorm(l), DONE);
      }
    }
    int most = 1;
    for (int l = 2; l <= depth; l++) {
      most = profiled.blockGradientNorm(l) > profiled.blockGradientNorm(most) ? l : most;
    }
    return format(
            "stalls: the training loss went from %.4g to %.4g, accuracy %.3f where guessing gets %.3f",
            first.loss(), last.loss(), last.accuracy(), CHANCE)
        + (grows.isEmpty()
            ? format(
                "; the largest update of a block is of norm %.2g, at layer %d in iteration %d",
                spec.optimization().learningRate() * profiled.blockGradientNorm(most), most, DONE)
            : grows);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @AfterAll
  static void print() {
    TABLE.forEach(System.out::println);
  }
}
