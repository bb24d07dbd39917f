package org.fathom4j.compare;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.fathom4j.record.RunStatus;

/**
 * One initialization at one depth, over all seeds that have run.
 *
 * @param initialization text as the catalogue reads it
 * @param depth L
 * @param learningRate η
 * @param rateOrigin where η comes from, in words
 * @param runs in the order of the seeds, at least one
 */
public record Cell(
    String initialization, int depth, double learningRate, String rateOrigin, List<SeedRun> runs) {

  public Cell {
    runs = List.copyOf(runs);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("A cell without runs has nothing to tell.");
    }
  }

  /** Seeds that have run. */
  public List<Long> seeds() {
    return runs.stream().map(SeedRun::seed).toList();
  }

  /** How many runs ended in a way. */
  public int count(RunStatus status) {
    return (int) runs.stream().filter(run -> run.status() == status).count();
  }

  /**
   * Spread over the seeds that were done; those that diverged have no such number, so that it must
   * be read together with how many were done.
   *
   * @param metric such as {@code trainAccuracy}
   * @return empty if no seed was done with a finite value
   */
  public Optional<Spread> spread(String metric) {
    double[] values =
        runs.stream()
            .map(run -> run.metric(metric))
            .flatMap(Optional::stream)
            .mapToDouble(Double::doubleValue)
            .toArray();
    return values.length == 0 ? Optional.empty() : Optional.of(Spread.of(values));
  }

  /** Mean over seeds of the typical time of one update; empty if none was made. */
  public OptionalDouble secondsPerIteration() {
    return runs.stream().flatMapToDouble(run -> run.secondsPerIteration().stream()).average();
  }

  /** What most seeds amount to; the worse of those that are as many. */
  public Outcome outcome() {
    Map<Outcome, Long> counts =
        runs.stream()
            .collect(Collectors.groupingBy(run -> run.verdict().outcome(), Collectors.counting()));
    return counts.entrySet().stream()
        .max(
            Map.Entry.<Outcome, Long>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
        .orElseThrow()
        .getKey();
  }

  /**
   * Why seeds did not learn; empty if all did. Seeds with the same cause are named together, and
   * none by name if it is that of all.
   */
  public Optional<String> cause() {
    Map<String, List<Long>> seedsByCause =
        runs.stream()
            .filter(run -> run.verdict().cause().isPresent())
            .collect(
                Collectors.groupingBy(
                    run -> run.verdict().cause().orElseThrow(),
                    LinkedHashMap::new,
                    Collectors.mapping(SeedRun::seed, Collectors.toList())));
    if (seedsByCause.isEmpty()) {
      return Optional.empty();
    }
    Function<Map.Entry<String, List<Long>>, String> words =
        entry ->
            entry.getValue().size() == runs.size()
                ? entry.getKey()
                : seeds(entry.getValue()) + ": " + entry.getKey();
    return Optional.of(
        seedsByCause.entrySet().stream().map(words).collect(Collectors.joining("; ")));
  }

  private static String seeds(List<Long> seeds) {
    return (seeds.size() == 1 ? "seed " : "seeds ")
        + seeds.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
