package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.ModelArchiveException;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The first updates of a run again, in memory, beside its rows; if they are all of them, also
 * beside its model or its divergence.
 */
final class Replay {

  private static final int CHUNK = 1 << 20;

  /**
   * What came of it.
   *
   * @param same whether all bits are
   * @param words what was compared, or what differs
   */
  private record Outcome(boolean same, String words) {

    static Outcome same(String words) {
      return new Outcome(true, words);
    }

    static Outcome different(String words) {
      return new Outcome(false, words);
    }
  }

  private final Subject subject;
  private final RunDirectory run;
  private final RunRecord record;
  private final ExperimentSpec spec;
  private final Dataset dataset;
  private final RecordedRows rows;
  private final TrainingProgress progress;
  private final Map<RecordedRows.Place, Double> metrics = new LinkedHashMap<>();
  private final Map<RecordedRows.ProfilePlace, Double> profile = new LinkedHashMap<>();
  private int to;

  Replay(Subject subject, RecordedRows rows, TrainingProgress progress) {
    this.subject = subject;
    run = subject.run();
    record = subject.record();
    spec = subject.spec();
    dataset = subject.dataset();
    this.rows = rows;
    this.progress = progress;
  }

  /**
   * Makes the updates again.
   *
   * @param wanted updates, at most
   */
  Check check(int wanted) {
    int length = comparableLength();
    boolean diverged = record.status() == RunStatus.DIVERGED;
    if (length == 0 && !diverged) {
      return Check.nothing("replay", "the run has recorded no whole iteration");
    }
    System.gc(); // a model evaluated before holds native memory that the collector does not feel
    try {
      MemoryNeed memory = MemoryNeed.of(spec, dataset);
      MultiLayerNetwork net = Trainer.create(spec, dataset);
      RunRecord.Kernel kernel = kernelOfTheStart();
      MemoryPlan plan = subject.prepare(net, memory, kernel);
      to = Math.min(length, wanted);
      Outcome outcome = make(net);
      return outcome.same()
          ? Check.holds("replay", outcome.words())
          : Check.differs("replay", outcome.words() + " " + subject.explanation(kernel, net, plan));
    } catch (IOException
        | IllegalArgumentException
        | CudaException
        | InsufficientMemoryException e) {
      return Check.notPossible("replay", e.getMessage());
    }
  }

  /** A run that began anew, without a checkpoint, began with the kernel of that time. */
  private RunRecord.Kernel kernelOfTheStart() {
    return record.resumptions().stream()
        .filter(resumption -> resumption.iteration() == 0 && resumption.kernel() != null)
        .map(RunRecord.Resumption::kernel)
        .reduce(record.kernel(), (older, newer) -> newer);
  }

  /** Updates up to the first that another kernel or memory plan made. */
  private int comparableLength() {
    RunRecord.Kernel start = kernelOfTheStart();
    return record.resumptions().stream()
        .filter(r -> r.iteration() > 0 && r.kernel() != null)
        .filter(r -> !KernelWords.agree(start, r.kernel()))
        .mapToInt(RunRecord.Resumption::iteration)
        .reduce(rows.iterations(), Math::min);
  }

  private Outcome make(MultiLayerNetwork net) throws IOException {
    MeasuredTraining training = new MeasuredTraining(spec, dataset, net);
    try {
      return make(net, training);
    } finally {
      training.end();
    }
  }

  private Outcome make(MultiLayerNetwork net, MeasuredTraining training) throws IOException {
    boolean whole = to == rows.iterations();
    String extent =
        whole
            ? String.format("all %d iterations again: ", to)
            : String.format("%d of %d iterations again: ", to, rows.iterations());
    if (to > training.total()) {
      return Outcome.different(
          extent + "the specification asks for only " + training.total() + ".");
    }
    Optional<Divergence> divergence = train(training);
    if (divergence.isPresent()) {
      return Outcome.different(
          String.format(
              "%siteration %d diverges here (%s), but not in the record.",
              extent, training.iteration() + 1, divergence.get().sentence()));
    }
    List<Deviation> deviations = new ArrayList<>();
    deviations.add(compare("metrics.csv", rows.metricsUpTo(to), metrics));
    deviations.add(compare("depth_profile.csv", rows.profileUpTo(to), profile));
    if (whole && record.status() == RunStatus.DONE && Files.exists(run.modelZip())) {
      deviations.addAll(compareModel(net));
    }
    List<String> different =
        deviations.stream().filter(d -> !d.isNone()).map(Deviation::toString).toList();
    if (!different.isEmpty()) {
      return Outcome.different(extent + String.join("; ", different) + ".");
    }
    String same =
        extent
            + deviations.stream().map(Deviation::toString).collect(Collectors.joining(", "))
            + ", the same bits";
    return whole && record.status() == RunStatus.DIVERGED
        ? compareDivergence(training, to == 0 ? "no update was made" : same)
        : Outcome.same(same);
  }

  /** The update after the last that could be made. */
  private Outcome compareDivergence(MeasuredTraining training, String before) {
    Optional<RunRecord.Divergence> found =
        training.update().map(d -> d.recordedAfter(training.iteration()));
    return found.equals(Optional.of(record.divergence()))
        ? Outcome.same(before + "; the next diverges as recorded")
        : Outcome.different(
            String.format(
                "%s; the next diverges in the record at %s, here %s.",
                before,
                words(record.divergence()),
                found.map(Replay::words).orElse("it does not diverge")));
  }

  private static String words(RunRecord.Divergence d) {
    return String.format(
        "iteration %d, %s, layer %d, by %s", d.iteration(), d.where(), d.layer(), d.cause());
  }

  private Optional<Divergence> train(MeasuredTraining training) {
    progress.started(run.name(), 0, to);
    try {
      while (training.iteration() < to) {
        Optional<Divergence> divergence = training.update();
        if (divergence.isPresent()) {
          return divergence;
        }
        progress.iterated(training.iteration(), training.loss());
        training.batchRows().forEach(this::note);
        training.profileRows().forEach(this::note);
        if (training.evaluationIsDue()) {
          Evaluation evaluation = training.evaluate();
          evaluation.rows().forEach(this::note);
          progress.evaluated(evaluation.iteration(), evaluation.train(), evaluation.test());
        }
      }
      return Optional.empty();
    } finally {
      progress.stopped();
    }
  }

  private void note(MetricRow row) {
    metrics.put(RecordedRows.Place.of(row), row.value());
  }

  private void note(DepthProfileRow row) {
    profile.put(RecordedRows.ProfilePlace.of(row), row.value());
  }

  private <P> Deviation compare(String file, Map<P, Double> recorded, Map<P, Double> made) {
    Deviation deviation = new Deviation(file);
    made.forEach(
        (place, value) -> {
          Double there = recorded.get(place);
          if (there != null) {
            deviation.compare(place, there, value);
          } else if (rows.areComplete()) {
            deviation.unpaired(place, "not in the record");
          }
        });
    recorded.keySet().stream()
        .filter(place -> !made.containsKey(place))
        .forEach(place -> deviation.unpaired(place, "in the record only"));
    return deviation;
  }

  private List<Deviation> compareModel(MultiLayerNetwork net) throws IOException {
    ModelArchive.Content<MultiLayerNetwork> saved;
    try {
      saved = ModelArchive.readContent(run.modelZip(), ModelArchive.DEFAULT_LARGEST_ENTRY_BYTES);
    } catch (ModelArchiveException e) {
      return List.of(); // the check of the model has said so
    }
    ResidualNetwork.bringParameters(net);
    List<Deviation> deviations = new ArrayList<>();
    Deviation ofParameters = new Deviation("model.zip's parameters");
    compare(saved.network().params(), net.params(), "parameter ", ofParameters);
    deviations.add(ofParameters);
    INDArray state = net.getUpdater().getStateViewArray();
    if (state != null && !state.isEmpty()) {
      Deviation ofState = new Deviation("its updater's state");
      if (saved.hasUpdaterState()) {
        compare(saved.network().getUpdater().getStateViewArray(), state, "updater's ", ofState);
      } else {
        ofState.unpaired("the updater's state", "not in model.zip");
      }
      deviations.add(ofState);
    }
    return deviations;
  }

  private void compare(INDArray saved, INDArray made, String what, Deviation deviation) {
    if (saved.length() != made.length()) {
      deviation.unpaired(
          what + "count", saved.length() + " in model.zip and " + made.length() + " here");
      return;
    }
    INDArray one = saved.reshape(saved.length());
    INDArray other = made.reshape(made.length());
    for (long start = 0; start < one.length(); start += CHUNK) {
      var part = NDArrayIndex.interval(start, Math.min(one.length(), start + CHUNK));
      double[] a = one.get(part).dup().data().asDouble();
      double[] b = other.get(part).dup().data().asDouble();
      for (int i = 0; i < a.length; i++) {
        deviation.compare(new Numbered(what, start + i), a[i], b[i]);
      }
    }
  }

  /** A place in a vector, put into words only when they are needed. */
  private record Numbered(String what, long index) {
    @Override
    public String toString() {
      return what + index;
    }
  }
}
