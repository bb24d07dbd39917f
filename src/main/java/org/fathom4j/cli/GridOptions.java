package org.fathom4j.cli;

import java.util.List;
import org.fathom4j.init.Initializers;
import org.fathom4j.train.ExperimentSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Train's options for many networks at once, but for the learning rate: lists of initializers and
 * depths in place of one.
 *
 * <p>A list that is said a second time replaces the first, as all options do, so that an argument
 * file's can be overridden.
 */
final class GridOptions {

  @Mixin final TrainOptions.Data data = new TrainOptions.Data();

  @Mixin final Cells cells = new Cells();

  @Mixin final TrainOptions.Network network = new TrainOptions.Network();

  @Mixin final TrainOptions.Training training = new TrainOptions.Training();

  @Mixin final TrainOptions.Run run = new TrainOptions.Run();

  /** Which networks of a family. */
  static final class Cells {

    @Option(
        names = "--depth",
        paramLabel = "L,…",
        defaultValue = "100",
        description = "Residual blocks; a list such as 10,100,1000 (default: ${DEFAULT-VALUE}).")
    String depths;

    @Option(
        names = "--init",
        paramLabel = "NAME[:key=value,…],…",
        defaultValue = "mzas",
        completionCandidates = Candidates.InitializerNames.class,
        description =
            "Initializers; a list such as mzas,xavier:fan=in,he of ${COMPLETION-CANDIDATES} (default:"
                + " ${DEFAULT-VALUE}).")
    String initializations;
  }

  /**
   * The initializers, each as the catalogue writes it.
   *
   * @throws IllegalArgumentException naming what is allowed and the nearest spelling
   */
  List<String> initializations() {
    return Initializers.split(cells.initializations);
  }

  /**
   * The depths.
   *
   * @throws IllegalArgumentException naming the place in the list that is wrong
   */
  List<Integer> depths() {
    return Numbers.depths("--depth", cells.depths);
  }

  /** The experiment of the first initializer at the first depth. */
  ExperimentSpec first(String name, double learningRate) {
    TrainOptions.Cell cell = new TrainOptions.Cell();
    cell.depth = depths().get(0);
    cell.initialization = initializations().get(0);
    return TrainOptions.experiment(name, data, cell, network, learningRate, training, run);
  }
}
