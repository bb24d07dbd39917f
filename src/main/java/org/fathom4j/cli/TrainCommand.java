package org.fathom4j.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.fathom4j.data.Datasets;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.plot.DepthProfilePlot;
import org.fathom4j.plot.LearningCurve;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Forecast;
import org.fathom4j.train.Score;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingObserver;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.TrainingResult;
import org.fathom4j.ui.MonitorException;
import org.fathom4j.ui.MonitorServer;
import org.fathom4j.ui.stats.StatsObserver;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom train}: the main job. */
@Command(
    name = "train",
    sortOptions = false,
    description = {
      "Trains a deep residual network.",
      "",
      "With no option: mZAS at depth 100 on 1,000 images of Fashion-MNIST. Options may come from"
          + " argument files (@models/mzas-100.args); later ones override earlier ones."
    },
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 bad usage, 3 diverged, 130 interrupted (Ctrl-C, with a"
          + " checkpoint).",
      "Example: fathom train --depth 1000 --learning-rate 0.02 --epochs 30 --name deep"
    })
final class TrainCommand implements Callable<Integer> {

  private static final double MIB = 1 << 20;

  @Mixin private TrainOptions options;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description =
          "Goes on with a stopped run, in its directory, with the options it was started with"
              + " (default: a new run).")
  private String resume;

  @Option(
      names = "--dry-run",
      description = "Says what the run would take, and writes nothing (default: the run is made).")
  private boolean dryRun;

  @Option(
      names = "--ui",
      paramLabel = "PORT",
      arity = "0..1",
      fallbackValue = "" + MonitorServer.PORT,
      description =
          "Shows the training in a browser while it runs, on this machine alone, at PORT (9000"
              + " unless given, 0 for any that is free), and keeps what it shows in stats.db"
              + " (default: not monitored).")
  private Integer monitorPort;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws IOException {
    UiCommand.requirePort("--ui", monitorPort);
    if (resume != null) {
      output.requireNothingBesideResume("run", "--ui");
      RunDirectory stopped = RunDirectory.open(resume, output.runs());
      return monitored(interrupted -> trainer(interrupted).resume(stopped));
    }
    ExperimentSpec experiment = options.experiment();
    if (dryRun) {
      print(trainer(() -> false).forecast(experiment), output.out());
      return ExitCode.DONE;
    }
    return monitored(interrupted -> trainer(interrupted).run(experiment));
  }

  /** A training that can be interrupted. */
  @FunctionalInterface
  private interface Training {
    TrainingResult run(BooleanSupplier interrupted) throws IOException;
  }

  @SuppressWarnings("try") // the monitor is there for the length of its scope
  private int monitored(Training training) throws IOException {
    try (Closeable monitor = monitor();
        Interruption interruption = new Interruption(output.err())) {
      return finish(training.run(interruption));
    }
  }

  /** The pages, if they were asked for and can be had: no training fails for want of them. */
  private Closeable monitor() {
    if (monitorPort == null) {
      return () -> {};
    }
    try {
      MonitorServer server =
          MonitorServer.start(output.runs(), MonitorServer.LOOPBACK, monitorPort);
      output.err().println("Monitor: " + server.getAddress() + "/depth and /train/overview");
      output.err().flush();
      return server;
    } catch (MonitorException e) {
      output
          .err()
          .println(
              e.getMessage()
                  + " The training goes on without its pages; fathom ui shows its samples.");
      output.err().flush();
      return () -> {};
    }
  }

  private Trainer trainer(BooleanSupplier interrupted) {
    return new Trainer(
        output.runs(),
        Datasets.home(),
        output.words(),
        output.quiet ? TrainingProgress.SILENT : new ProgressDisplay(output.err()),
        interrupted,
        monitorPort == null ? TrainingObserver.Factory.NONE : StatsObserver::begin);
  }

  private int finish(TrainingResult result) {
    PrintWriter out = output.out();
    if (result.status() != RunStatus.INTERRUPTED) {
      draw(result, output.err());
    }
    if (output.json) {
      out.println(Json.of(tree(result)));
    } else {
      print(result, out);
    }
    out.flush();
    return switch (result.status()) {
      case DONE -> ExitCode.DONE;
      case DIVERGED -> ExitCode.DIVERGED;
      case INTERRUPTED -> ExitCode.INTERRUPTED;
      default -> ExitCode.FAILED;
    };
  }

  /** A picture that cannot be drawn is no reason to lose a result. */
  private static void draw(TrainingResult result, PrintWriter err) {
    try {
      LearningCurve.draw(new RunDirectory(result.run()));
      DepthProfilePlot.draw(new RunDirectory(result.run()));
    } catch (IOException | RuntimeException | LinkageError e) {
      err.println("No pictures: " + (e.getMessage() == null ? e : e.getMessage()));
    }
  }

  private static Map<String, Object> tree(TrainingResult result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("run", result.run().toString());
    tree.put("status", result.status().word());
    tree.put("iterations", result.iterations());
    tree.put("trainLoss", finite(result.train().map(Score::loss)));
    tree.put("trainAccuracy", finite(result.train().map(Score::accuracy)));
    tree.put("testLoss", finite(result.test().map(Score::loss)));
    tree.put("testAccuracy", finite(result.test().map(Score::accuracy)));
    tree.put("seconds", result.seconds());
    tree.put("secondsPerIteration", finite(Optional.of(result.secondsPerIteration())));
    tree.put("parameters", result.parameters());
    tree.put("kernel", result.kernel());
    tree.put("peakMemoryBytes", result.peakMemoryBytes());
    result.recordedDivergence().ifPresent(divergence -> tree.put("divergence", divergence));
    return tree;
  }

  /** JSON has no word for NaN and infinity: null. */
  private static Double finite(Optional<Double> value) {
    return value.filter(Double::isFinite).orElse(null);
  }

  private static void print(TrainingResult result, PrintWriter out) {
    out.printf(Locale.ROOT, "%-14s %s%n", "status", result.status().word());
    out.printf(Locale.ROOT, "%-14s %s%n", "", result.why());
    print(out, "training", result.train());
    print(out, "test", result.test());
    out.printf(
        Locale.ROOT,
        "%-14s %.1f s, %d iterations%s%n",
        "time",
        result.seconds(),
        result.iterations(),
        Double.isNaN(result.secondsPerIteration())
            ? ""
            : String.format(
                Locale.ROOT, " of %.1f ms (median)", 1000 * result.secondsPerIteration()));
    out.printf(Locale.ROOT, "%-14s %,d%n", "parameters", result.parameters());
    out.printf(Locale.ROOT, "%-14s %s%n", "kernel", result.kernel().name());
    if (result.peakMemoryBytes() > 0) {
      out.printf(Locale.ROOT, "%-14s %,.0f MiB%n", "peak memory", result.peakMemoryBytes() / MIB);
    }
    out.printf(Locale.ROOT, "%-14s %s%n", "record", result.run());
  }

  private static void print(PrintWriter out, String split, Optional<Score> score) {
    score.ifPresent(
        s ->
            out.printf(
                Locale.ROOT, "%-14s accuracy %.4f, loss %.4f%n", split, s.accuracy(), s.loss()));
  }

  private void print(Forecast forecast, PrintWriter out) {
    DepthSummary s = forecast.summary();
    if (output.json) {
      out.println(
          Json.of(
              Json.object(
                  "parameters", s.parameters(),
                  "weightBytes", s.weightBytes(),
                  "activationBytes", forecast.activationBytes(),
                  "flopPerIteration", s.flopPerIteration(),
                  "iterations", forecast.iterations(),
                  "secondsPerIteration", forecast.secondsPerIteration(),
                  "seconds", forecast.seconds(),
                  "kernel", forecast.kernel())));
      return;
    }
    var shape = s.network().shape();
    boolean linear = s.network().block() == NetworkSpec.Block.LINEAR;
    out.printf(Locale.ROOT, "%-12s %-28s %15s%n", "layer", "shape", "parameters");
    out.printf(
        Locale.ROOT,
        "%-12s %-28s %,15d%n",
        "embedding",
        shape.inputs() + " → " + shape.width(),
        s.embeddingParameters());
    out.printf(
        Locale.ROOT,
        "%-12s %-28s %,15d%n",
        linear ? "z + Az" : "z + Uσ(Vz)",
        shape.depth()
            + " × ("
            + (linear
                ? shape.width() + " → " + shape.width()
                : shape.width() + " → " + shape.hiddenWidth() + " → " + shape.width())
            + ")",
        s.blockParameters());
    out.printf(
        Locale.ROOT,
        "%-12s %-28s %,15d%n",
        "readout",
        shape.width() + " → " + shape.classes(),
        s.readoutParameters());
    out.printf(Locale.ROOT, "%-12s %-28s %,15d%n", "", "", s.parameters());
    out.println();
    out.printf(
        Locale.ROOT,
        "memory       %,.1f MiB weights, gradients and optimizer; %,.1f MiB activations of %d"
            + " examples%n",
        s.weightBytes() / MIB,
        forecast.activationBytes() / MIB,
        s.examples());
    out.printf(
        Locale.ROOT,
        "data         %s, %,d training examples%n",
        forecast.dataset(),
        forecast.trainingExamples());
    out.printf(
        Locale.ROOT, "kernel       %s: %s%n", forecast.kernel().name(), forecast.kernel().reason());
    out.printf(
        Locale.ROOT,
        "time         %.4g s an iteration, %,d iterations: %s (predicted from updates of shallower"
            + " networks on this machine)%n",
        forecast.secondsPerIteration(),
        forecast.iterations(),
        duration(forecast.seconds()));
  }

  private static String duration(double seconds) {
    long s = Math.round(seconds);
    return s < 120
        ? s + " s"
        : s < 7200
            ? (s / 60) + " min " + (s % 60) + " s"
            : (s / 3600) + " h " + (s % 3600 / 60) + " min";
  }
}
