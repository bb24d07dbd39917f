package org.fathom4j.laboratory;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fathom4j.kernel.KernelChoice;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;

/**
 * A descent of the Deeplearning4j network with the theory's prediction beside it, as a run
 * directory: the monitor draws the two as a curve and a dashed one.
 *
 * <pre>
 *   iteration,epoch,split,metric,value
 *   10,0,train,loss,…       R of the Deeplearning4j network after 10 updates
 *   10,0,theory,loss,…      R of the exact reduction; of full matrices where there is none
 * </pre>
 */
public final class LinearRun {

  private static final List<String> REFERENCES =
      List.of(
          "Lei Wu, Qingcan Wang, Chao Ma: Global Convergence of Gradient Descent for Deep Linear"
              + " Residual Networks, NeurIPS 2019, https://arxiv.org/abs/1911.00645",
          "Peter Bartlett, David Helmbold, Philip Long: Gradient descent with identity"
              + " initialization efficiently learns positive definite linear transformations by"
              + " deep residual networks, ICML 2018, https://arxiv.org/abs/1802.06093");

  private LinearRun() {}

  /**
   * Whether a comparison of engines can be recorded.
   *
   * @throws IllegalArgumentException if it lacks the network, or a prediction for it
   */
  public static void requireRecordable(List<Engine> engines) {
    if (!engines.contains(Engine.DL4J) || engines.size() < 2) {
      throw new IllegalArgumentException(
          "A record holds the Deeplearning4j network beside a prediction: it needs the engine dl4j"
              + " and another one. Leave --engine out, or take fewer --iterations or a smaller"
              + " --depth if dl4j was left out for its time.");
    }
  }

  /**
   * Writes the record of a descent.
   *
   * @param runsDirectory where its directory goes
   * @param name part of that directory's name
   * @param problem what was descended on
   * @param learningRate η
   * @param iterations updates that were asked for
   * @param started when the descent began
   * @param result of the engine dl4j and at least one other
   * @param commandLine what the user typed
   * @param home the program's directory, for the record of its version
   */
  public static RunDirectory write(
      Path runsDirectory,
      String name,
      Figures.Problem problem,
      double learningRate,
      long iterations,
      Instant started,
      SideBySide result,
      List<String> commandLine,
      Path home)
      throws IOException {
    requireRecordable(List.copyOf(result.engines().keySet()));
    Trajectory measured = result.engines().get(Engine.DL4J);
    Trajectory predicted =
        Optional.ofNullable(result.engines().get(Engine.REDUCED))
            .orElse(result.engines().get(Engine.MATRICES));
    Instant ended = Instant.now();
    RunDirectory directory = RunDirectory.create(runsDirectory, name);
    RunRecord record =
        starting(directory, problem, learningRate, iterations, started, commandLine, home);
    record.write(directory.runJson());
    try (MetricLog log = MetricLog.create(directory.metricsCsv())) {
      append(log, "train", measured);
      append(log, "theory", predicted);
    }
    ended(record, problem, measured, started, ended).write(directory.runJson());
    Checksums.seal(directory);
    return directory;
  }

  private static void append(MetricLog log, String split, Trajectory trajectory)
      throws IOException {
    for (TrajectoryPoint point : trajectory.points()) {
      log.append(Math.toIntExact(point.iteration()), 0, split, "loss", point.loss());
    }
  }

  private static RunRecord starting(
      RunDirectory directory,
      Figures.Problem problem,
      double learningRate,
      long iterations,
      Instant started,
      List<String> commandLine,
      Path home) {
    int dimension = problem.target().dimension();
    FrameworkDescent descent =
        new FrameworkDescent(
            problem.initialization().network(problem.target(), problem.depth()), problem.target());
    KernelChoice kernel = ResidualNetwork.kernelChoice(descent.framework());
    return RunRecord.starting(
        directory.name(),
        commandLine,
        specification(problem, learningRate, iterations),
        new RunRecord.Data(
            "identity",
            "X = I, Y = " + problem.target().name(),
            Map.of(),
            Map.of("train", dimension)),
        Map.of(),
        new RunRecord.Kernel(kernel.name().option(), kernel.reason(), null, null),
        Kernels.threads(kernel.name()).orElse(1),
        (long) problem.depth() * dimension * dimension,
        started,
        Provenance.capture(home),
        REFERENCES);
  }

  private static ObjectNode specification(
      Figures.Problem problem, double learningRate, long iterations) {
    int dimension = problem.target().dimension();
    ObjectNode specification =
        JsonNodeFactory.instance.objectNode().put("laboratory", "gradient-descent");
    specification
        .putObject("architecture")
        .put("depth", problem.depth())
        .put("width", dimension)
        .put("hiddenWidth", dimension)
        .put("activation", "identity")
        .put("block", "linear")
        .put("initialization", problem.initialization().text())
        .put("loss", "half squared error")
        .put("precision", "double");
    specification
        .putObject("optimization")
        .put("method", "sgd")
        .put("learningRate", learningRate)
        .put("schedule", "constant")
        .put("iterations", iterations)
        .put("batchSize", dimension);
    return specification;
  }

  private static RunRecord ended(
      RunRecord record,
      Figures.Problem problem,
      Trajectory measured,
      Instant started,
      Instant ended) {
    double seconds = (ended.toEpochMilli() - started.toEpochMilli()) * 1e-3;
    RunRecord.Timing timing = new RunRecord.Timing(started, ended, seconds, null);
    int last = (int) Math.round(measured.end());
    Measurement measurement = new Measurement(last, Map.of("trainLoss", measured.finalLoss()));
    return measured.status() == Status.DIVERGED
        ? record.diverged(
            new RunRecord.Divergence(last, "loss", problem.depth(), "overflow"),
            "The loss is " + measured.finalLoss() + " after " + last + " updates.",
            timing,
            null,
            measurement)
        : record.ended(
            RunStatus.DONE,
            "Its descent is done: loss " + measured.finalLoss() + ".",
            timing,
            measurement,
            measurement);
  }
}
