package org.fathom4j.data;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which data to load.
 *
 * @param name one of {@link Datasets#names()}
 * @param directory where its files lie; empty: the usual places
 * @param trainSamples size of a class-balanced part of the training split; empty: all of it
 * @param testSamples the same of the test split
 * @param seed draws these parts
 * @param home the directory that holds {@code datasets/}
 */
public record DatasetRequest(
    String name,
    Optional<Path> directory,
    OptionalInt trainSamples,
    OptionalInt testSamples,
    long seed,
    Path home) {

  public DatasetRequest {
    requirePositive("--train-samples", trainSamples);
    requirePositive("--test-samples", testSamples);
    Datasets.describe(name);
  }

  /** All of a data set, from the usual places. */
  public static DatasetRequest of(String name) {
    return new DatasetRequest(
        name, Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), 1, Datasets.home());
  }

  private static void requirePositive(String option, OptionalInt samples) {
    if (samples.isPresent() && samples.getAsInt() < 1) {
      throw new IllegalArgumentException(
          option + " must be at least 1, but is " + samples.getAsInt() + ".");
    }
  }
}
