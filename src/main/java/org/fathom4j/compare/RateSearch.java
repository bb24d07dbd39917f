package org.fathom4j.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.fathom4j.train.TryoutInterruptedException;

/**
 * Looks for the learning rate of the smallest loss after T updates.
 *
 * <ol>
 *   <li>Trials of T/16 updates climb from the guess, in steps of √10 that double while they help,
 *       then by 1.78.
 *   <li>The best four go on to T/4, the best two of these to T; the others are stopped.
 *   <li>Short trials only predict: from the winner, trials of all T updates climb in steps of 1.78
 *       until both neighbours are worse or diverge. So a rate that diverges late gives way to a
 *       smaller one, and the step between the two is halved.
 *   <li>From there short trials go outwards on both sides until a rate is clearly worse: it
 *       diverges, it does not move, or its loss is more than 5 % larger after as many updates.
 *       Where rates above the winner were not, it stands on a plateau, behind which the loss may
 *       fall again: the last of them gets all T updates, and is the winner if it is better.
 *   <li>Where a neighbour is more than 5 % worse, the step is halved, twice at most, to 1.15.
 *   <li>The other seeds then make all T updates with the winner. Where one diverges, the rate
 *       counts as diverged: the steps down from it double until every seed survives, as long as the
 *       first learns, and the gap between the two is halved down to 1.15, as long as the first
 *       gains by it. Where no rate is found that every seed survives, the winner stays, and is not
 *       interior. A seed that is not finite before its first update is left out: no rate can help
 *       it.
 * </ol>
 *
 * <p>A diverged trial is worse than any other, and of two the larger rate is worse. A loss within
 * 1e-4 of the start's is that of a network that has not moved; of two of these the larger rate is
 * better. Among equal losses otherwise the smaller rate is better.
 *
 * <p>Cost: at most {@value #MOST_LENGTHS} T updates times the number of seeds, of which {@value
 * #MOST_LENGTHS} T for finding the winner and of these 4 T for short trials. A trial of more
 * updates is counted as the continuation of the shorter one.
 */
final class RateSearch {

  /** A quarter of what a grid of 40 rates costs. */
  static final int MOST_LENGTHS = 10;

  private static final int MOST_LENGTHS_OF_SHORT_TRIALS = 4;

  /** Successive halving keeps a fraction of trials for the inverse of it in updates. */
  private static final int[] FRACTIONS = {16, 4, 1};

  private static final int KEPT_AFTER_SHORT = 4;
  private static final int KEPT_AFTER_QUARTER = 2;

  /** Of the loss: smaller differences are those of a bowl's bottom, or of a plateau. */
  private static final double CLEAR = 0.05;

  /** Of the loss before the first update: less than that is no learning. */
  private static final double LEAST_PROGRESS = 1e-4;

  /**
   * What was found.
   *
   * @param rate empty if every rate diverged or none learnt
   * @param interior whether clearly worse rates were seen on both sides
   * @param trials how far each rate got, by rate; diverged where another seed did
   */
  record Found(OptionalDouble rate, boolean interior, List<Trial> trials) {}

  private final Trials trials;
  private final SortedMap<Long, Trials> others;
  private final int[] lengths;
  private final int budget;
  private final Consumer<String> said;
  private final NavigableMap<Integer, List<Trial>> tried = new TreeMap<>();

  /** Trials of other seeds that diverged with a rate which the first seed survived. */
  private final Map<Integer, Trial> refused = new HashMap<>();

  private double startLoss;
  private long spent;
  private long limit;
  private boolean budgetSaid;

  /**
   * A search.
   *
   * @param trials what answers
   * @param others what answers for other seeds
   * @param length T
   * @param budget how many rates may be tried
   * @param said told in a sentence what the reader of a log wants to know
   */
  RateSearch(
      Trials trials,
      SortedMap<Long, Trials> others,
      int length,
      int budget,
      Consumer<String> said) {
    this.trials = trials;
    this.others = new TreeMap<>(others);
    this.lengths =
        IntStream.of(FRACTIONS).map(part -> Math.max(1, length / part)).distinct().toArray();
    this.budget = budget;
    this.said = said;
  }

  /** Updates that were asked for. */
  long spent() {
    return spent;
  }

  Found search(double guess) throws IOException, TryoutInterruptedException {
    int first = RateGrid.nearestCoarse(guess);
    startLoss = trials.startLoss(RateGrid.rate(first));
    limit = (long) MOST_LENGTHS_OF_SHORT_TRIALS * full();
    Optional<Trial> attempt = at(first, shortest());
    if (attempt.filter(RateSearch::failedBeforeItsFirstUpdate).isPresent()) {
      said.accept("not finite before the first update: no learning rate can help");
      return found(OptionalDouble.empty(), false);
    }
    int best = climb(first, RateGrid.COARSE, shortest());
    climb(best, RateGrid.MEDIUM, shortest());
    limit = (long) MOST_LENGTHS * full();
    for (int k : bestAt(shortest(), KEPT_AFTER_SHORT)) {
      at(k, lengths[Math.min(1, lengths.length - 1)]);
    }
    for (int k : bestAt(lengths[Math.min(1, lengths.length - 1)], KEPT_AFTER_QUARTER)) {
      at(k, full());
    }
    List<Integer> finalists = bestAt(full(), 1);
    if (finalists.isEmpty()) {
      finalists = divergedLate();
    }
    if (finalists.isEmpty()) {
      said.accept("diverges at every rate that was tried");
      return found(OptionalDouble.empty(), false);
    }
    int winner = climb(finalists.get(0), RateGrid.MEDIUM, full());
    refine(acrossPlateau(winner));
    return verdict();
  }

  private Found verdict() throws IOException, TryoutInterruptedException {
    List<Integer> winners = bestAt(full(), 1);
    if (winners.isEmpty()) {
      said.accept("no rate that was tried survives all " + full() + " iterations");
      return found(OptionalDouble.empty(), false);
    }
    int winner = winners.get(0);
    if (!learns(winner)) {
      said.accept("learns at no rate that was tried");
      return found(OptionalDouble.empty(), false);
    }
    trials.forget();
    limit = (long) MOST_LENGTHS * (1 + others.size()) * full();
    Optional<Integer> best = askOtherSeeds(winner) ? Optional.of(winner) : bestBelow(winner);
    if (best.isEmpty()) {
      said.accept("no rate was found that every seed survives; that of the first seed stays");
      refused.clear();
      return found(OptionalDouble.of(RateGrid.rate(winner)), false);
    }
    boolean worseAbove = sawWorse(best.get(), 1);
    boolean interior = sawWorse(best.get(), -1) && worseAbove;
    if (!interior) {
      said.accept(text(best.get()) + " is on the edge of what could be tried");
    }
    return found(OptionalDouble.of(RateGrid.rate(best.get())), interior);
  }

  /** A rate below one that another seed diverged with, that every seed survives. */
  private Optional<Integer> bestBelow(int winner) throws IOException, TryoutInterruptedException {
    int failed = winner;
    int step = RateGrid.MEDIUM;
    Optional<Integer> next = stepDown(failed, step);
    while (next.isPresent() && !askOtherSeeds(next.get())) {
      failed = next.get();
      step *= 2;
      next = stepDown(failed, step);
    }
    if (next.isEmpty()) {
      return Optional.empty();
    }
    int held = closeGap(next.get(), failed);
    for (int k : bestAt(full(), tried.size())) {
      if (k < held && better(k, held, full()) && canAskOtherSeeds() && askOtherSeeds(k)) {
        return Optional.of(k);
      }
    }
    return Optional.of(held);
  }

  /** A rate for the other seeds to try: a step below, or the next that is known. */
  private Optional<Integer> stepDown(int failed, int step)
      throws IOException, TryoutInterruptedException {
    if (!canAskOtherSeeds()) {
      return Optional.empty();
    }
    int next = failed - step;
    Optional<Integer> candidate =
        at(next, full()).isPresent()
            ? Optional.of(next)
            : bestAt(full(), tried.size()).stream()
                .filter(k -> k < failed)
                .max(Comparator.naturalOrder());
    return candidate.filter(k -> diverged(k, full()) || learns(k));
  }

  /**
   * Halves the distance between a rate that every seed survives and one that some seed does not.
   */
  private int closeGap(int survived, int diverged) throws IOException, TryoutInterruptedException {
    int held = survived;
    int failed = diverged;
    while (failed - held > 1 && canAskOtherSeeds()) {
      int middle = (failed + held) / 2;
      if (at(middle, full()).isEmpty()
          || !diverged(middle, full()) && better(held, middle, full())) {
        break;
      }
      if (askOtherSeeds(middle)) {
        held = middle;
      } else {
        failed = middle;
      }
    }
    return held;
  }

  private boolean canAskOtherSeeds() {
    return spent + (long) others.size() * full() <= limit;
  }

  /** Whether every seed survives a rate: the others try it, until one diverges. */
  private boolean askOtherSeeds(int k) throws IOException, TryoutInterruptedException {
    double rate = RateGrid.rate(k);
    for (long seed : List.copyOf(others.keySet())) {
      if (diverged(k, full())) {
        break;
      }
      double start = others.get(seed).startLoss(rate);
      Trial trial = others.get(seed).run(rate, full());
      spent += Math.min(full(), trial.iterations() + 1);
      if (isDiverged(trial) && (Double.isInfinite(start) || failedBeforeItsFirstUpdate(trial))) {
        said.accept("seed " + seed + " is not finite before the first update: left out");
        others.remove(seed);
      } else if (isDiverged(trial)) {
        refused.put(k, trial);
        said.accept(
            String.format(
                "%s would be taken, but seed %d diverges with it after %d iterations",
                text(k), seed, trial.iterations()));
      }
    }
    return !diverged(k, full());
  }

  private Found found(OptionalDouble rate, boolean interior) {
    List<Trial> ends = new ArrayList<>();
    for (Map.Entry<Integer, List<Trial>> each : tried.entrySet()) {
      List<Trial> stages = each.getValue();
      Trial last = refused.getOrDefault(each.getKey(), stages.get(stages.size() - 1));
      boolean stopped = last.status() == Trial.Status.DONE && last.iterations() < full();
      ends.add(
          stopped
              ? new Trial(last.learningRate(), last.iterations(), Trial.Status.STOPPED, last.loss())
              : last);
    }
    return new Found(rate, interior, ends);
  }

  private int full() {
    return lengths[lengths.length - 1];
  }

  private int shortest() {
    return lengths[0];
  }

  /** Goes to better neighbours until there is none, doubling short trials' steps on the way. */
  private int climb(int from, int step, int length) throws IOException, TryoutInterruptedException {
    int best = from;
    boolean moved = true;
    while (moved) {
      moved = false;
      int promising = diverged(best, length) ? -1 : 1;
      for (int direction : new int[] {promising, -promising}) {
        int width = step;
        Optional<Integer> next = neighbour(best, direction, width, length);
        while (next.isPresent()) {
          if (better(next.get(), best, length)) {
            boolean gallops = length == shortest() || diverged(next.get(), length);
            best = next.get();
            width = gallops ? 2 * width : width;
            moved = true;
            next = neighbour(best, direction, width, length);
          } else {
            width = step;
            Optional<Integer> closer = neighbour(best, direction, width, length);
            next = closer.equals(next) ? Optional.empty() : closer;
          }
        }
      }
    }
    return best;
  }

  /** The winner, or what is better where the rates above it stop being hardly worse. */
  private int acrossPlateau(int winner) throws IOException, TryoutInterruptedException {
    if (diverged(winner, full())) {
      return winner;
    }
    sawWorse(winner, 1);
    Optional<Integer> end = Optional.empty();
    for (int above : tried.tailMap(winner, false).keySet()) {
      if (isWorse(above, winner)) {
        break;
      }
      end = Optional.of(above);
    }
    if (end.isEmpty() || at(end.get(), full()).isEmpty()) {
      return winner;
    }
    int other = climb(end.get(), RateGrid.MEDIUM, full());
    return better(other, winner, full()) ? other : winner;
  }

  /** Halves the step while the loss between the best rate and its neighbours is uncertain. */
  private void refine(int from) throws IOException, TryoutInterruptedException {
    int best = from;
    for (int step = RateGrid.MEDIUM / 2; step >= 1; step /= 2) {
      int above = best + 2 * step;
      int below = best - 2 * step;
      if (!isSteep(best, above) && !isSteep(best, below)) {
        return;
      }
      // Where one side is much steeper, the bottom of the bowl is on the other.
      int promising = lossOf(above) < lossOf(below) ? 1 : -1;
      int centre = best;
      for (int direction : new int[] {promising, -promising}) {
        if (best == centre
            && at(centre + direction * step, full()).isPresent()
            && better(centre + direction * step, centre, full())) {
          best = centre + direction * step;
        }
      }
    }
  }

  private double lossOf(int k) {
    return known(k, full()).map(Trial::loss).orElse(Double.POSITIVE_INFINITY);
  }

  private boolean isSteep(int best, int neighbour) {
    Optional<Trial> trial = known(neighbour, full());
    double loss = known(best, full()).map(Trial::loss).orElse(Double.NaN);
    return trial.isPresent() && trial.get().loss() > (1 + CLEAR) * loss;
  }

  /**
   * The rate a step away, tried; or halfway to a rate above that diverged, where that is further;
   * or, where the budget allows no new one, the next that is known.
   */
  private Optional<Integer> neighbour(int k, int direction, int width, int length)
      throws IOException, TryoutInterruptedException {
    int next = k + direction * width;
    Optional<Integer> cliff = direction > 0 ? divergedAbove(k, length) : Optional.empty();
    if (cliff.isPresent() && cliff.get() - k > width) {
      int half = (cliff.get() - k) / 2;
      next = k + Math.max(width, half - half % width);
    }
    boolean widens = tried.size() > 1 && (next > tried.lastKey() || next < tried.firstKey());
    if (widens && canTry(next, length)) {
      said.accept(
          String.format(
              "%s is the best so far and on the edge of what was tried: widening to %s",
              text(k), text(next)));
    }
    if (at(next, length).isPresent()) {
      return Optional.of(next);
    }
    Integer nearest = direction > 0 ? tried.higherKey(k) : tried.lowerKey(k);
    return nearest != null && at(nearest, length).isPresent()
        ? Optional.of(nearest)
        : Optional.empty();
  }

  private Optional<Integer> divergedAbove(int k, int length) {
    return tried.tailMap(k, false).keySet().stream()
        .filter(above -> known(above, length).isPresent())
        .findFirst()
        .filter(above -> diverged(above, length));
  }

  private boolean canTry(int k, int length) {
    return RateGrid.holds(k)
        && (tried.containsKey(k) || tried.size() < budget)
        && spent + length - iterations(k) <= limit;
  }

  /** How a rate does after so many updates; empty if it may not be tried so long, or at all. */
  private Optional<Trial> at(int k, int length) throws IOException, TryoutInterruptedException {
    if (known(k, length).isPresent()) {
      return known(k, length);
    }
    if (!canTry(k, length)) {
      if (RateGrid.holds(k) && !budgetSaid) {
        budgetSaid = true;
        said.accept("the budget allows no further trial like this; choosing among what is known");
      }
      return Optional.empty();
    }
    List<Trial> stages = tried.computeIfAbsent(k, x -> new ArrayList<>());
    for (int stage : lengths) {
      if (stage <= length && known(k, stage).isEmpty()) {
        int before = iterations(k);
        Trial trial = trials.run(RateGrid.rate(k), stage);
        spent += Math.min(stage, trial.iterations() + 1) - before; // the failing pass is one too
        stages.add(trial);
      }
    }
    return known(k, length);
  }

  private int iterations(int k) {
    List<Trial> stages = tried.getOrDefault(k, List.of());
    return stages.isEmpty() ? 0 : stages.get(stages.size() - 1).iterations();
  }

  /** A trial of exactly so many updates, or one that diverged on the way. */
  private Optional<Trial> known(int k, int length) {
    if (length == full() && refused.containsKey(k)) {
      return Optional.of(refused.get(k));
    }
    return tried.getOrDefault(k, List.of()).stream()
        .filter(
            trial ->
                trial.iterations() == length || isDiverged(trial) && trial.iterations() <= length)
        .findFirst();
  }

  private boolean diverged(int k, int length) {
    return known(k, length).filter(RateSearch::isDiverged).isPresent();
  }

  private static boolean isDiverged(Trial trial) {
    return trial.status() == Trial.Status.DIVERGED;
  }

  private static boolean failedBeforeItsFirstUpdate(Trial trial) {
    return isDiverged(trial) && trial.iterations() == 0;
  }

  /** Of the trials of a length that did not diverge, the best. */
  private List<Integer> bestAt(int length, int most) {
    return tried.keySet().stream()
        .filter(k -> known(k, length).filter(trial -> !isDiverged(trial)).isPresent())
        .sorted(byMerit(length))
        .limit(most)
        .toList();
  }

  /** The smallest rate that survived the short trials and no more. */
  private List<Integer> divergedLate() {
    return tried.keySet().stream()
        .filter(k -> diverged(k, full()) && !diverged(k, shortest()))
        .limit(1)
        .toList();
  }

  private boolean better(int one, int other, int length) {
    return byMerit(length).compare(one, other) < 0;
  }

  private Comparator<Integer> byMerit(int length) {
    return (one, other) -> {
      Trial a = known(one, length).orElseThrow();
      Trial b = known(other, length).orElseThrow();
      if (isDiverged(a) || isDiverged(b)) {
        return isDiverged(a) && isDiverged(b)
            ? Integer.compare(one, other)
            : Boolean.compare(isDiverged(a), isDiverged(b));
      }
      int byLoss = Double.compare(merit(a), merit(b));
      if (byLoss != 0) {
        return byLoss;
      }
      return isFlat(a) ? Integer.compare(other, one) : Integer.compare(one, other);
    };
  }

  private double merit(Trial trial) {
    return isFlat(trial) ? startLoss : trial.loss();
  }

  private boolean isFlat(Trial trial) {
    return Math.abs(trial.loss() - startLoss) <= LEAST_PROGRESS * startLoss
        && Double.isFinite(startLoss);
  }

  private boolean learns(int k) {
    Trial trial = known(k, full()).orElseThrow();
    return trial.loss() < startLoss && !isFlat(trial);
  }

  /** Whether a clearly worse rate is known on a side; short trials go further out until it is. */
  private boolean sawWorse(int best, int direction) throws IOException, TryoutInterruptedException {
    int width = RateGrid.COARSE;
    while (!knowsWorse(best, direction)) {
      int next = direction > 0 ? tried.lastKey() + width : tried.firstKey() - width;
      if (at(next, shortest()).isEmpty()) {
        return false;
      }
      width = direction > 0 ? width : 2 * width; // above, a loss that falls again may be narrow
    }
    return true;
  }

  private boolean knowsWorse(int best, int direction) {
    return (direction > 0 ? tried.tailMap(best, false) : tried.headMap(best, false))
        .keySet().stream().anyMatch(k -> isWorse(k, best));
  }

  /** Clearly worse, in the longest trials that both had. */
  private boolean isWorse(int k, int best) {
    if (diverged(k, full())) {
      return true;
    }
    int common = Math.min(iterations(k), iterations(best));
    Trial trial = known(k, common).orElseThrow();
    Trial winner = known(best, common).orElseThrow();
    return isFlat(trial) && !isFlat(winner) || merit(trial) > (1 + CLEAR) * merit(winner);
  }

  private static String text(int k) {
    return String.format(Locale.ROOT, "%.3g", RateGrid.rate(k));
  }
}
