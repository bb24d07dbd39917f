package org.fathom4j.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.TrainingResult;

/**
 * One run of a comparison, from its first iteration to its last, by the ordinary trainer.
 *
 * @param run name of its directory
 * @param specification the experiment, in the words of {@code run.json}
 * @param commandLine for the record
 * @param keepModel whether the trained network is brought back
 */
record TrainingTask(String run, String specification, List<String> commandLine, boolean keepModel)
    implements Task<FinishedRun> {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  TrainingTask {
    commandLine = List.copyOf(commandLine);
  }

  static TrainingTask of(
      String run, ExperimentSpec experiment, List<String> commandLine, boolean keepModel) {
    return new TrainingTask(run, json(experiment), commandLine, keepModel);
  }

  @Override
  public FinishedRun run(Workplace here) throws IOException {
    RunDirectory directory = new RunDirectory(here.scratch().resolve(run));
    Trainer trainer =
        new Trainer(
            here.scratch(), here.home(), commandLine, TrainingProgress.SILENT, here.interrupted());
    TrainingResult result = trainer.run(experiment(specification), directory);
    if (result.status() == RunStatus.INTERRUPTED) {
      throw new IOException("Run " + run + " was stopped on its worker.");
    }
    if (!keepModel) {
      directory.removeModel();
    }
    return FinishedRun.read(directory);
  }

  /** An experiment in the words of {@code run.json}, which a worker reads back. */
  static String json(ExperimentSpec experiment) {
    try {
      return MAPPER.writeValueAsString(experiment);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write as JSON: " + experiment, e);
    }
  }

  static ExperimentSpec experiment(String json) throws IOException {
    return MAPPER.readValue(json, ExperimentSpec.class);
  }
}
