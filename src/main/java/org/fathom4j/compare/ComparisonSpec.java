package org.fathom4j.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.fathom4j.init.Initializers;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.train.ExperimentSpec;

/**
 * What is compared: initializations × depths × seeds, everything else as in one experiment.
 *
 * @param name end of the comparison's directory; none if blank
 * @param initializations texts as {@link Initializers#parse} reads them
 * @param depths L
 * @param seeds any but 0
 * @param singleSeedFrom from this depth on a cell is run with the first seed only; empty for never
 * @param base everything else; its own initialization, depth, seed and learning rate do not count
 * @param keepModels whether trained networks stay on disk
 * @param depthCheck whether the runs are a depth check, whose base profiles every iteration
 */
public record ComparisonSpec(
    String name,
    List<String> initializations,
    List<Integer> depths,
    List<Long> seeds,
    OptionalInt singleSeedFrom,
    ExperimentSpec base,
    boolean keepModels,
    boolean depthCheck) {

  public ComparisonSpec {
    Objects.requireNonNull(name, "A comparison has a name, which may be blank.");
    initializations = distinct("--init", initializations);
    depths = distinct("--depth", depths);
    seeds = distinct("--seeds", seeds);
    if (singleSeedFrom.isPresent() && singleSeedFrom.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "--single-seed-from is a depth, at least 1, but is " + singleSeedFrom.getAsInt() + ".");
    }
    Objects.requireNonNull(base, "A comparison needs an experiment to vary.");
    Set<Object> schemes = new HashSet<>();
    for (String initialization : initializations) {
      if (!schemes.add(Initializers.parse(initialization))) {
        throw new IllegalArgumentException(
            "--init names the same initializer twice: " + initialization + ".");
      }
    }
    for (int depth : depths) {
      if (depth < 1) {
        throw new IllegalArgumentException("--depth must be at least 1, but is " + depth + ".");
      }
    }
    if (seeds.contains(0L)) {
      throw new IllegalArgumentException(
          "--seeds 0 is no seed: ND4J draws from the clock then. Use any other number.");
    }
    if (depthCheck && depths.size() < 2) {
      throw new IllegalArgumentException(
          "--depth-check looks at norms against depth: give --depth at least two depths.");
    }
  }

  /**
   * The question a record holds.
   *
   * @param comparisonJson the file it was read from, for messages
   * @throws IOException if it holds none that this version understands
   */
  static ComparisonSpec of(ComparisonRecord record, Path comparisonJson) throws IOException {
    try {
      return new ComparisonSpec(
          record.name(),
          record.initializations(),
          record.depths(),
          record.seeds(),
          record.singleSeedFrom() == null
              ? OptionalInt.empty()
              : OptionalInt.of(record.singleSeedFrom()),
          ExperimentSpec.read(record.specification(), comparisonJson, "start a new comparison"),
          record.keepModels(),
          record.depthCheck());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          comparisonJson
              + " holds no question that this version understands: "
              + e.getMessage()
              + " Use the version that made it, or start a new comparison.",
          e);
    }
  }

  private static <E> List<E> distinct(String option, List<E> values) {
    List<E> copy = List.copyOf(values);
    if (copy.isEmpty()) {
      throw new IllegalArgumentException(option + " is empty: give at least one value.");
    }
    Set<E> seen = new HashSet<>();
    for (E value : copy) {
      if (!seen.add(value)) {
        throw new IllegalArgumentException(option + " has " + value + " twice; give it once.");
      }
    }
    return copy;
  }

  /** One initialization at one depth. */
  record Place(String initialization, int depth) {}

  /** Initialization by initialization, depth by depth. */
  List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (String initialization : initializations) {
      for (int depth : depths) {
        places.add(new Place(initialization, depth));
      }
    }
    return places;
  }

  /** The seeds of a cell. */
  List<Long> seeds(Place place) {
    return singleSeedFrom.isPresent() && place.depth() >= singleSeedFrom.getAsInt()
        ? seeds.subList(0, 1)
        : seeds;
  }

  /** How many runs that makes in all. */
  int runs() {
    return places().stream().mapToInt(place -> seeds(place).size()).sum();
  }

  /** The experiment of one seed in one cell. */
  ExperimentSpec experiment(Place place, long seed, double learningRate) {
    return base.with(place.initialization(), place.depth())
        .withLearningRate(learningRate)
        .named(place.initialization() + "-" + place.depth() + "-" + seed, seed);
  }
}
