package org.fathom4j.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.ModelArchiveException;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

/** {@code model.zip} beside specification, measurements and final scores. */
final class ModelCheck {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final List<String> NOTES = List.of("iterationCount", "epochCount", "variables");

  private final Subject subject;
  private final RunDirectory run;
  private final RunRecord record;
  private final ExperimentSpec spec;
  private final Dataset dataset;

  ModelCheck(Subject subject) {
    this.subject = subject;
    run = subject.run();
    record = subject.record();
    spec = subject.spec();
    dataset = subject.dataset();
  }

  /** Reads the model, and evaluates that of a run that is done. */
  Check check(Optional<RecordedRows> rows) {
    if (!Files.exists(run.modelZip())) {
      return Check.nothing("model", "there is no model.zip: " + reasonOfNoModel());
    }
    try {
      MultiLayerNetwork net = ModelArchive.read(run.modelZip());
      Optional<String> problem = modelProblem(net, rows);
      return problem.isPresent()
          ? Check.differs("model", problem.get())
          : record.status() == RunStatus.DONE ? scored(net) : unscored(net);
    } catch (ModelArchiveException e) {
      return Check.differs("model", e.getMessage());
    } catch (IOException | CudaException | InsufficientMemoryException e) {
      return Check.notPossible("model", e.getMessage());
    }
  }

  private String reasonOfNoModel() {
    return switch (record.status()) {
      case DONE, DIVERGED -> "comparisons remove it unless asked to keep models.";
      case INTERRUPTED -> "an interrupted run has a checkpoint instead.";
      default -> "the run has not ended by itself.";
    };
  }

  private Optional<String> modelProblem(MultiLayerNetwork net, Optional<RecordedRows> rows) {
    if (net.numParams() != record.parameters()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "model.zip has %,d parameters, run.json %,d",
              net.numParams(),
              record.parameters()));
    }
    int updates = net.getLayerWiseConfigurations().getIterationCount();
    if (rows.isPresent() && rows.get().iterations() != updates) {
      return Optional.of(
          String.format(
              "model.zip was saved after %d updates, but metrics.csv has %d",
              updates, rows.get().iterations()));
    }
    JsonNode found = configuration(net.getLayerWiseConfigurations().toJson());
    JsonNode made =
        configuration(
            ResidualNetwork.configuration(
                    spec.networkFor(dataset),
                    spec.optimizerOf(dataset.train().size()),
                    Seeds.of(spec.seed()).weights())
                .toJson());
    return firstDifference("", found, made)
        .map(
            difference ->
                "the configuration in model.zip is not that of the specification: " + difference);
  }

  private Check unscored(MultiLayerNetwork net) {
    return Check.holds(
        "model",
        String.format(
            Locale.ROOT,
            "%,d parameters after %d updates, under the configuration of the specification; their"
                + " scores are in no record",
            net.numParams(),
            net.getLayerWiseConfigurations().getIterationCount()));
  }

  /** The model gives the scores that its run ended with. */
  private Check scored(MultiLayerNetwork net) throws IOException {
    if (record.last() == null) {
      return Check.differs("model", "run.json has no final scores to hold it against");
    }
    MemoryNeed memory = MemoryNeed.of(spec, dataset);
    MemoryPlan plan;
    try {
      Trainer.adopted(net, spec);
      plan = subject.prepare(net, memory, record.kernelInUse());
    } catch (IllegalArgumentException e) { // no such kernel, or no such plan
      return Check.notPossible("model", e.getMessage());
    }
    DataSetPreProcessor input = spec.data().input().fit(dataset.train());
    var type = ResidualNetwork.dataType(spec.architecture().precision());
    var loss = spec.architecture().loss();
    Evaluation evaluation =
        new Evaluation(
            record.last().iteration(),
            0,
            new Evaluator(dataset.train(), input, type, loss).evaluate(net),
            new Evaluator(dataset.test(), input, type, loss).evaluate(net));
    Deviation deviation = new Deviation("the final evaluation");
    evaluation
        .measurement()
        .metrics()
        .forEach(
            (name, value) -> {
              Double recorded = record.last().metrics().get(name);
              if (recorded == null) {
                deviation.unpaired(name, "not in run.json");
              } else {
                deviation.compare(name, recorded, value);
              }
            });
    return deviation.isNone()
        ? Check.holds(
            "model",
            String.format(
                Locale.ROOT,
                "%,d parameters under the configuration of the specification give the final loss"
                    + " and accuracy of both splits, to the bit",
                net.numParams()))
        : Check.differs(
            "model",
            deviation + " differ. " + subject.explanation(record.kernelInUse(), net, plan));
  }

  /** A configuration without what building and training a network note in it. */
  private static JsonNode configuration(String json) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      removeNotes(tree);
      return tree;
    } catch (IOException e) {
      throw new IllegalStateException("The framework wrote a configuration that is no JSON.", e);
    }
  }

  private static void removeNotes(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove(NOTES);
    }
    node.forEach(ModelCheck::removeNotes);
  }

  /** Where two trees differ first, and how. */
  private static Optional<String> firstDifference(String path, JsonNode found, JsonNode made) {
    if (found.equals(made)) {
      return Optional.empty();
    }
    if (found.isObject() && made.isObject()) {
      TreeSet<String> keys = new TreeSet<>();
      for (Iterator<String> names = found.fieldNames(); names.hasNext(); ) {
        keys.add(names.next());
      }
      for (Iterator<String> names = made.fieldNames(); names.hasNext(); ) {
        keys.add(names.next());
      }
      for (String key : keys) {
        Optional<String> inside =
            firstDifference(path + "/" + key, found.path(key), made.path(key));
        if (inside.isPresent()) {
          return inside;
        }
      }
    }
    if (found.isArray() && made.isArray()) {
      for (int i = 0; i < Math.max(found.size(), made.size()); i++) {
        Optional<String> inside = firstDifference(path + "/" + i, found.path(i), made.path(i));
        if (inside.isPresent()) {
          return inside;
        }
      }
    }
    return Optional.of(path + " is " + shown(found) + ", not " + shown(made));
  }

  private static String shown(JsonNode node) {
    String text = node.isMissingNode() ? "absent" : node.toString();
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }
}
