package org.fathom4j.record;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The content of {@code comparison.json}: the whole question that a comparison answers.
 *
 * <p>Written before the first run, with status {@code incomplete}, and replaced whole, atomically,
 * when something changes. The answer stands in the records of its runs.
 *
 * @param format version of this layout, {@link #FORMAT}
 * @param name the comparison directory's name
 * @param status how it stands; diverged runs do not make a diverged comparison
 * @param commandLine the words after {@code fathom compare}, argument files expanded
 * @param initializations texts as the catalogue reads them, in the order of the table
 * @param depths L, in the order of the table
 * @param seeds of each cell
 * @param singleSeedFrom from this depth on a cell has the first seed only; null for never
 * @param learningRate what was asked for: a number, a file or {@code tuned}
 * @param rates the learning rate of each cell, as far as it is known
 * @param keepModels whether runs keep their trained networks
 * @param depthCheck whether the runs are those of a depth check
 * @param threads of the fused kernel when the comparison was begun; null in records of versions
 *     that did not write it
 * @param chanceAccuracy what guessing would get, a fraction
 * @param specification everything else that decides a run, as the trainer writes and reads it
 * @param timing when, and seconds at work summed over resumptions
 * @param provenance program, machine and libraries
 */
public record ComparisonRecord(
    int format,
    String name,
    RunStatus status,
    List<String> commandLine,
    List<String> initializations,
    List<Integer> depths,
    List<Long> seeds,
    Integer singleSeedFrom,
    String learningRate,
    List<Rate> rates,
    boolean keepModels,
    boolean depthCheck,
    Integer threads,
    double chanceAccuracy,
    JsonNode specification,
    RunRecord.Timing timing,
    Provenance provenance) {

  /** The layout this version writes and reads. */
  public static final int FORMAT = 1;

  /**
   * What a search can say for the learning rate of a cell. In the file it is the end of the rate's
   * origin: these words are a promise to whoever reads it.
   */
  public enum Standing {
    /** Given by whoever asked, or found with worse rates on both sides of it. */
    SETTLED(""),
    /**
     * The best that was tried, but worse ones were not seen on both sides of it, or some seed
     * diverges with it.
     */
    ON_THE_EDGE("; at the edge of what was searched"),
    /** No rate learnt; this one only shows how the cell fails. */
    NONE_LEARNT("; none learnt, this is the smallest that was tried");

    private final String ending;

    Standing(String ending) {
      this.ending = ending;
    }

    /**
     * A learning rate with what is to be known before it is taken for one: {@code 0.1}, {@code 0.1
     * (edge)}, or, where it only shows how the cell fails, {@code none learnt (1e-36)}.
     */
    public String mark(String rate) {
      return switch (this) {
        case SETTLED -> rate;
        case ON_THE_EDGE -> rate + " (edge)";
        case NONE_LEARNT -> "none learnt (" + rate + ")";
      };
    }
  }

  /**
   * The learning rate of one cell.
   *
   * @param initialization of the cell
   * @param depth of the cell
   * @param learningRate η
   * @param origin where it comes from, in words, and its {@link Standing}
   */
  public record Rate(String initialization, int depth, double learningRate, String origin) {

    public Rate {
      Objects.requireNonNull(initialization, "A rate needs its initialization.");
      Objects.requireNonNull(origin, "A rate needs its origin.");
      if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
        throw new IllegalArgumentException(
            "The learning rate of "
                + initialization
                + " at depth "
                + depth
                + " must be positive and finite, but is "
                + learningRate
                + ".");
      }
    }

    /**
     * A rate with its standing.
     *
     * @param source who gave or found it, such as {@code tuned} or the name of a file
     */
    public static Rate of(
        String initialization, int depth, double learningRate, String source, Standing standing) {
      return new Rate(initialization, depth, learningRate, source + standing.ending);
    }

    /** What the search said for it. */
    public Standing standing() {
      return Stream.of(Standing.ON_THE_EDGE, Standing.NONE_LEARNT)
          .filter(standing -> origin.endsWith(standing.ending))
          .findFirst()
          .orElse(Standing.SETTLED);
    }
  }

  public ComparisonRecord {
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "comparison record format is " + format + ", but this version reads " + FORMAT);
    }
    Objects.requireNonNull(name, "A comparison record needs name.");
    Objects.requireNonNull(status, "A comparison record needs status.");
    commandLine = copy("commandLine", commandLine);
    initializations = copy("initializations", initializations);
    depths = copy("depths", depths);
    seeds = copy("seeds", seeds);
    Objects.requireNonNull(learningRate, "A comparison record needs learningRate.");
    rates = copy("rates", rates);
    if (threads != null && threads < 1) {
      throw new IllegalArgumentException(
          "threads of a comparison record must be at least 1, but is " + threads + ".");
    }
    Objects.requireNonNull(specification, "A comparison record needs specification.");
    Objects.requireNonNull(timing, "A comparison record needs timing.");
    Objects.requireNonNull(provenance, "A comparison record needs provenance.");
  }

  private static <E> List<E> copy(String key, List<E> list) {
    return List.copyOf(
        Objects.requireNonNull(list, () -> "A comparison record needs " + key + "."));
  }

  /** How many runs the whole comparison has. */
  public int runs() {
    int seedsOfAll = 0;
    for (int depth : depths) {
      seedsOfAll += singleSeedFrom != null && depth >= singleSeedFrom ? 1 : seeds.size();
    }
    return initializations.size() * seedsOfAll;
  }

  /**
   * The number that was asked for as the learning rate of every cell; empty if each has its own.
   */
  public OptionalDouble commonRate() {
    try {
      return OptionalDouble.of(Double.parseDouble(learningRate));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty(); // a search or a file
    }
  }

  /** The learning rate of a cell, once it is known. */
  public Optional<Rate> rate(String initialization, int depth) {
    return rates.stream()
        .filter(rate -> rate.initialization().equals(initialization) && rate.depth() == depth)
        .findFirst();
  }

  /** What the search said for the learning rate of a cell; settled where it is not known. */
  public Standing standing(String initialization, int depth) {
    return rate(initialization, depth).map(Rate::standing).orElse(Standing.SETTLED);
  }

  /** The same with the learning rate of one more cell. */
  public ComparisonRecord with(Rate rate) {
    List<Rate> all = new ArrayList<>(rates);
    all.add(rate);
    return with(status, all, timing);
  }

  /** The same at another moment. */
  public ComparisonRecord with(RunStatus newStatus, RunRecord.Timing newTiming) {
    return with(newStatus, rates, newTiming);
  }

  private ComparisonRecord with(
      RunStatus newStatus, List<Rate> newRates, RunRecord.Timing newTiming) {
    return new ComparisonRecord(
        format,
        name,
        newStatus,
        commandLine,
        initializations,
        depths,
        seeds,
        singleSeedFrom,
        learningRate,
        newRates,
        keepModels,
        depthCheck,
        threads,
        chanceAccuracy,
        specification,
        newTiming,
        provenance);
  }

  /** Writes or replaces the file atomically. */
  public void write(Path comparisonJson) throws IOException {
    byte[] bytes = RecordJson.pretty(this);
    AtomicFile.write(comparisonJson, out -> out.write(bytes));
  }

  /**
   * Reads a record back.
   *
   * @throws DamagedRecordException naming the file and what is wrong with it
   * @throws IOException when there is none, or a newer version wrote it
   */
  public static ComparisonRecord read(Path comparisonJson) throws IOException {
    return RecordJson.read(comparisonJson, "comparison", FORMAT, ComparisonRecord.class);
  }
}
