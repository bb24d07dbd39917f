package org.fathom4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.fathom4j.data.DatasetRequest;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.laboratory.ConstructionFigures;
import org.fathom4j.laboratory.MemorizedImages;
import org.fathom4j.text.Spelling;
import org.fathom4j.theory.memorization.Memorization;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory memorize}: a network built, not trained, for any labels. */
@Command(
    name = "memorize",
    sortOptions = false,
    description = {
      "Builds, without training, a residual network that gives every image its label, even one drawn"
          + " at random, and runs it on each of them: Hardt and Ma's theorem 3.2 in a variant for any"
          + " hidden width."
    },
    footer = {
      "",
      "Example: fathom theory memorize --samples 1000 --hidden-width 64 --labels random:1"
    })
final class MemorizeCommand implements Callable<Integer> {

  private static final String RANDOM = "random:";

  @Option(
      names = "--data",
      paramLabel = "NAME",
      defaultValue = "fashion-mnist-1k",
      completionCandidates = Candidates.DataSets.class,
      description =
          "Data set whose training images are memorized: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}).")
  private String data;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Where the full data set's four IDX files lie (default: datasets/NAME, then the system's"
              + " package).")
  private Path directory;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Class-balanced part of the images, drawn by --seed (default: all).")
  private Integer samples;

  @Option(
      names = "--hidden-width",
      paramLabel = "K",
      defaultValue = "64",
      description =
          "Points that a block moves, and width of the stream (default: ${DEFAULT-VALUE}).")
  private int hiddenWidth;

  @Option(
      names = "--labels",
      paramLabel = "KIND",
      defaultValue = "true",
      description = "true, or random:SEED (default: ${DEFAULT-VALUE}).")
  private String labels;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Of the subset, and of the embedding (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    OptionalLong randomLabels = randomLabels();
    Numbers.requireAtLeast(1, "--hidden-width", hiddenWidth);
    if (samples != null) {
      Numbers.requireAtLeast(1, "--samples", samples);
    }
    LabeledImages images =
        Datasets.load(
                new DatasetRequest(
                    data,
                    Optional.ofNullable(directory),
                    samples == null ? OptionalInt.empty() : OptionalInt.of(samples),
                    OptionalInt.empty(),
                    seed,
                    Datasets.home()))
            .train();
    Memorization result = MemorizedImages.memorize(images, randomLabels, hiddenWidth, seed);
    output.print(
        Json.object(
            "layers",
            result.layers(),
            "parameters",
            result.parameters(),
            "accuracy",
            result.accuracy(),
            "maxError",
            result.maxError(),
            "minMargin",
            result.minMargin()),
        out -> {
          TextTable table = new TextTable("images", Integer.toString(result.points()));
          table.row("layers", Integer.toString(result.layers()));
          table.row("parameters", Long.toString(result.parameters()));
          table.row("accuracy", Numbers.text(result.accuracy()));
          table.row("largest error", Numbers.text(result.maxError()));
          table.row("least margin", Numbers.text(result.minMargin()));
          table.print(out);
        });
    picture.draw(output, file -> ConstructionFigures.memorization(result, file));
    if (!result.contradictions().isEmpty()) {
      output.say(
          "Not memorized: %d groups of equal images with different labels, which no function can tell"
              + " apart, such as images %s with labels %s.",
          result.contradictions().size(),
          result.contradictions().get(0).points(),
          result.contradictions().get(0).labels());
    }
    return ExitCode.DONE;
  }

  private OptionalLong randomLabels() {
    if (labels.equals("true")) {
      return OptionalLong.empty();
    }
    if (!labels.startsWith(RANDOM)) {
      throw new IllegalArgumentException(
          Spelling.unknown("kind of labels", labels, List.of("true", "random:SEED")));
    }
    try {
      return OptionalLong.of(Long.parseLong(labels.substring(RANDOM.length())));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--labels random:SEED needs a whole number for SEED, but is '" + labels + "'.", e);
    }
  }
}
