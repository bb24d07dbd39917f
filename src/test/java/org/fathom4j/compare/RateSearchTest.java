package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.fathom4j.train.TryoutInterruptedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The search on losses in closed form. */
class RateSearchTest {

  private static final int LENGTH = 1600;
  private static final double START = 1;
  private static final int GRID = 40;
  private static final double A_STEP = Math.log10(1.16);
  private static final SortedMap<Long, Trials> NO_OTHER_SEEDS = Collections.emptySortedMap();

  /** Loss after t updates with rate η; NaN if it diverges. */
  @FunctionalInterface
  private interface Loss {
    double at(double rate, int iterations);
  }

  /** Trials of a loss in closed form, and what they cost. */
  private static final class Curve implements Trials {

    private final Loss loss;
    private final double start;
    private final Map<Double, Integer> made = new HashMap<>();
    private int divergesAt = -1; // the end of the trial
    private long cost;

    Curve(double start, Loss loss) {
      this.start = start;
      this.loss = loss;
    }

    void divergesAt(int iteration) {
      divergesAt = iteration;
    }

    @Override
    public double startLoss(double rate) {
      return start;
    }

    @Override
    public Trial run(double rate, int iterations) {
      int before = made.getOrDefault(rate, 0);
      assertThat(iterations).isGreaterThan(before);
      made.put(rate, iterations);
      cost += iterations - before;
      double value = loss.at(rate, iterations);
      return Double.isNaN(value)
          ? new Trial(
              rate,
              divergesAt < 0 ? iterations - 1 : divergesAt,
              Trial.Status.DIVERGED,
              Double.POSITIVE_INFINITY)
          : new Trial(rate, iterations, Trial.Status.DONE, value);
    }

    @Override
    public void forget() {
      // what a trial costs is counted as if nothing were
    }
  }

  private static RateSearch.Found search(Trials trials, double guess)
      throws IOException, TryoutInterruptedException {
    return search(trials, guess, LearningRateTuner.DEFAULT_BUDGET, new ArrayList<>());
  }

  private static RateSearch.Found search(Trials trials, double guess, int budget, List<String> said)
      throws IOException, TryoutInterruptedException {
    RateSearch search = new RateSearch(trials, NO_OTHER_SEEDS, LENGTH, budget, said::add);
    RateSearch.Found found = search.search(guess);
    assertThat(search.spent()).isLessThanOrEqualTo((long) RateSearch.MOST_LENGTHS * LENGTH);
    if (trials instanceof Curve curve) {
      assertThat(curve.cost).isLessThanOrEqualTo((long) RateSearch.MOST_LENGTHS * LENGTH);
    }
    assertThat(found.trials()).extracting(Trial::learningRate).isSorted().doesNotHaveDuplicates();
    assertThat(found.trials()).hasSizeLessThanOrEqualTo(budget);
    return found;
  }

  /**
   * A bowl over log η with its bottom at η*, no lower than half the start; short trials see the
   * bottom at a larger rate, and above a cliff everything diverges.
   */
  private static Loss bowl(double optimum, double curvature, double shift, double cliff) {
    return (rate, iterations) -> {
      double bottom = Math.log10(optimum) + shift * Math.log10((double) LENGTH / iterations);
      double off = Math.log10(rate) - bottom;
      double depth = 0.5 * Math.pow((double) iterations / LENGTH, 0.3);
      return Math.log10(rate / optimum) > cliff
          ? Double.NaN
          : START - depth / (1 + curvature * off * off);
    };
  }

  /** Gradient descent on a quadratic of eigenvalues λ_i, above a floor of a tenth of the start. */
  private static Loss quadratic(double[] eigenvalues) {
    double all = 0;
    for (double eigenvalue : eigenvalues) {
      all += eigenvalue;
    }
    double scale = 0.9 * START / all;
    return (rate, iterations) -> {
      double sum = 0.1 * START;
      for (double eigenvalue : eigenvalues) {
        sum += scale * eigenvalue * Math.pow(1 - rate * eigenvalue, 2.0 * iterations);
      }
      return sum > Verdict.FAR_ABOVE * START ? Double.NaN : sum;
    };
  }

  private static double lossOf(RateSearch.Found found) {
    return found.trials().stream()
        .filter(trial -> trial.learningRate() == found.rate().orElseThrow())
        .findFirst()
        .orElseThrow()
        .loss();
  }

  /** 40 rates over the four decades around the optimum, each at full length. */
  private static double bestOfGrid(Loss loss, double optimum) {
    return IntStream.range(0, GRID)
        .mapToDouble(i -> optimum * Math.pow(10, 4.0 * i / (GRID - 1) - 2))
        .map(rate -> loss.at(rate, LENGTH))
        .filter(value -> !Double.isNaN(value))
        .min()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(longs = 20261122)
  void on_200_random_losses_it_is_within_5_percent_of_a_grid_at_a_quarter_of_its_cost(long seed)
      throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 200; i++) {
      double optimum = Math.pow(10, random.nextDouble(-9, 3));
      Loss loss;
      if (i % 2 == 0) {
        loss =
            bowl(
                optimum,
                random.nextDouble(0.3, 20),
                random.nextDouble(0, 0.2),
                random.nextDouble(0.3, 1));
      } else {
        double[] eigenvalues =
            random.doubles(12, -4, 0).map(x -> Math.pow(10, x) / optimum).toArray();
        eigenvalues[0] = 1 / optimum;
        loss = quadratic(eigenvalues);
      }
      Curve curve = new Curve(START, loss);
      RateSearch.Found found = search(curve, optimum * Math.pow(10, random.nextDouble(-2.5, 2.5)));

      assertThat(found.interior()).as("case %d of seed %d", i, seed).isTrue();
      assertThat(lossOf(found))
          .as("case %d of seed %d, optimum %g, found %s", i, seed, optimum, found)
          .isLessThanOrEqualTo(1.05 * bestOfGrid(loss, optimum));
      assertThat(curve.cost).isLessThanOrEqualTo((long) GRID * LENGTH / 4);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = 20261123)
  void the_bottom_of_100_sharp_valleys_is_found_as_well_as_by_a_grid(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      double optimum = Math.pow(10, random.nextDouble(-9, 3));
      double floor = Math.pow(10, random.nextDouble(-3, -0.5));
      double slope = random.nextDouble(0.2, 2);
      double cliff = random.nextDouble(0.1, 1);
      Loss valley =
          (rate, iterations) -> {
            double off = Math.log10(rate / optimum);
            double end = Math.min(START, floor + slope * Math.abs(off));
            return off > cliff
                ? Double.NaN
                : START - (START - end) * Math.sqrt((double) iterations / LENGTH);
          };
      Curve curve = new Curve(START, valley);
      RateSearch.Found found = search(curve, optimum * Math.pow(10, random.nextDouble(-1, 1)));
      double halfStep = slope / 32; // of sixteen rates a decade
      assertThat(lossOf(found))
          .as("case %d of seed %d, optimum %g, found %s", i, seed, optimum, found)
          .isLessThanOrEqualTo(1.05 * (floor + halfStep));
    }
  }

  @ParameterizedTest
  @CsvSource({"1e-12, 1", "1e4, 1e-6", "1, 1e-30", "1e-20, 0", "3, Infinity"})
  void an_optimum_far_from_the_guess_is_found(double optimum, double guess) throws Exception {
    List<String> said = new ArrayList<>();
    RateSearch.Found found = search(new Curve(START, bowl(optimum, 3, 0, 0.5)), guess, 60, said);
    assertThat(Math.log10(found.rate().orElseThrow() / optimum)).isCloseTo(0, within(0.13));
    assertThat(found.interior()).isTrue();
    assertThat(said).anyMatch(sentence -> sentence.contains("widening to"));
  }

  @Test
  void neighbours_of_the_winner_ran_to_the_end_and_the_others_were_stopped() throws Exception {
    RateSearch.Found found = search(new Curve(START, bowl(0.1, 3, 0, 2)), 0.1);
    List<Trial> trials = found.trials();
    int winner =
        IntStream.range(0, trials.size())
            .filter(i -> trials.get(i).learningRate() == found.rate().orElseThrow())
            .findFirst()
            .orElseThrow();
    for (int i = winner - 1; i <= winner + 1; i++) {
      assertThat(trials.get(i).status()).isEqualTo(Trial.Status.DONE);
      assertThat(trials.get(i).iterations()).isEqualTo(LENGTH);
    }
    assertThat(trials)
        .filteredOn(trial -> trial.status() == Trial.Status.STOPPED)
        .isNotEmpty()
        .allMatch(trial -> trial.iterations() < LENGTH);
  }

  @Test
  void a_rate_that_diverges_after_the_short_trials_gives_way_to_a_smaller_one() throws Exception {
    // The larger the better, but above 0.1 only for a quarter of the run.
    Loss loss =
        (rate, iterations) ->
            rate > 0.1 && iterations > LENGTH / 4 || rate > 3
                ? Double.NaN
                : START / (1 + 10 * rate * iterations);
    RateSearch.Found found = search(new Curve(START, loss), 1);
    assertThat(found.rate().orElseThrow()).isBetween(0.03, 0.1);
    assertThat(found.interior()).isTrue();
    assertThat(found.trials())
        .filteredOn(trial -> trial.learningRate() > 0.1)
        .anyMatch(
            trial -> trial.status() == Trial.Status.DIVERGED && trial.iterations() > LENGTH / 4);
  }

  @Test
  void a_plateau_is_bracketed_by_worse_rates_on_both_sides() throws Exception {
    Loss plateau = (rate, iterations) -> rate > 1e-3 && rate < 10 ? 0.25 : rate >= 10 ? 2 : START;
    RateSearch.Found found = search(new Curve(START, plateau), 0.1);
    assertThat(found.rate().orElseThrow()).isBetween(1e-3, 10.0);
    assertThat(lossOf(found)).isEqualTo(0.25);
    assertThat(found.interior()).isTrue();
  }

  /** The network that predicts the same for every image, until the rate is large enough. */
  private static Loss behindPlateau(double optimum, double start, double ripple, double cliff) {
    Loss bowl = bowl(optimum, 2, 0, cliff);
    return (rate, iterations) -> {
      double moved = 1 - Math.exp(-1e3 * rate / start * iterations / LENGTH);
      double flat = START * (1 - 0.1 * moved) * (1 + ripple * Math.sin(40 * Math.log(rate)));
      double value = bowl.at(rate, iterations);
      return Double.isNaN(value) || rate > optimum / 30 && value < flat ? value : flat;
    };
  }

  @ParameterizedTest
  @ValueSource(longs = 20261123)
  void a_plateau_below_the_optimum_holds_it_on_none_of_100_random_losses(long seed)
      throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      double optimum = Math.pow(10, random.nextDouble(-9, 3));
      double below = Math.pow(10, random.nextDouble(1.5, 4));
      Loss loss = behindPlateau(optimum, optimum / below, 0.002, random.nextDouble(0.3, 1));
      Curve curve = new Curve(START, loss);
      RateSearch.Found found = search(curve, optimum / below);
      assertThat(found.interior()).as("case %d of seed %d", i, seed).isTrue();
      assertThat(lossOf(found))
          .as("case %d of seed %d, optimum %g, found %s", i, seed, optimum, found)
          .isLessThanOrEqualTo(1.05 * bestOfGrid(loss, optimum));
    }
  }

  @Test
  void a_plateau_that_ends_in_divergence_is_searched_up_to_there() throws Exception {
    Loss plateau =
        (rate, iterations) -> rate > 1 ? Double.NaN : rate > 1e-7 ? 0.9 + 1e-3 * rate : START;
    RateSearch.Found found = search(new Curve(START, plateau), 1e-4);
    assertThat(found.interior()).isTrue();
    assertThat(lossOf(found)).isCloseTo(0.9, within(1e-2));
    assertThat(found.trials()).anyMatch(trial -> trial.status() == Trial.Status.DIVERGED);
  }

  @Test
  void where_every_rate_diverges_there_is_none_and_little_was_tried() throws Exception {
    Curve curve = new Curve(START, (rate, iterations) -> Double.NaN);
    RateSearch.Found found = search(curve, 1e-3);
    assertThat(found.rate()).isEmpty();
    assertThat(found.interior()).isFalse();
    assertThat(found.trials())
        .isNotEmpty()
        .allMatch(trial -> trial.status() == Trial.Status.DIVERGED)
        .hasSizeLessThan(20);
  }

  @Test
  void a_first_pass_that_fails_is_tried_once() throws Exception {
    Trials overflows =
        new Trials() {
          @Override
          public double startLoss(double rate) {
            return Double.POSITIVE_INFINITY;
          }

          @Override
          public Trial run(double rate, int iterations) {
            return new Trial(rate, 0, Trial.Status.DIVERGED, Double.POSITIVE_INFINITY);
          }

          @Override
          public void forget() {
            // there is nothing to go on with
          }
        };
    List<String> said = new ArrayList<>();
    RateSearch.Found found = search(overflows, 1e-300, 40, said);
    assertThat(found.rate()).isEmpty();
    assertThat(found.trials()).hasSize(1);
    assertThat(said)
        .containsExactly("not finite before the first update: no learning rate can help");
  }

  @Test
  void a_network_that_stays_where_it_is_or_diverges_has_no_rate() throws Exception {
    List<String> said = new ArrayList<>();
    Curve curve =
        new Curve(START, (rate, iterations) -> rate > 1e-7 ? Double.NaN : START * (1 - 1e-6));
    RateSearch.Found found = search(curve, 0.1, 40, said);
    assertThat(found.rate()).isEmpty();
    assertThat(said).last().isEqualTo("learns at no rate that was tried");
  }

  @Test
  void a_loss_that_only_rises_is_not_learning() throws Exception {
    Curve curve = new Curve(START, (rate, iterations) -> START * (1 + Math.min(5, rate)));
    assertThat(search(curve, 0.1).rate()).isEmpty();
  }

  @Test
  void a_loss_that_falls_with_the_rate_as_far_as_rates_go_has_its_best_on_the_edge()
      throws Exception {
    List<String> said = new ArrayList<>();
    Curve curve = new Curve(START, (rate, iterations) -> START / (1 + 1e-6 * rate));
    RateSearch.Found found = search(curve, 1, 40, said);
    assertThat(found.rate().orElseThrow()).isEqualTo(1e6);
    assertThat(found.interior()).isFalse();
    assertThat(said).anyMatch(sentence -> sentence.contains("on the edge of what could be tried"));
  }

  @Test
  void a_budget_that_ends_on_the_edge_says_so() throws Exception {
    RateSearch.Found found =
        search(new Curve(START, bowl(1e3, 3, 0, 0.5)), 1e-2, 3, new ArrayList<>());
    assertThat(found.trials()).hasSizeLessThanOrEqualTo(3);
    assertThat(found.rate()).isPresent();
    assertThat(found.interior()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = 20261123)
  void every_seed_survives_the_rate_of_100_random_losses(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      double optimum = Math.pow(10, random.nextDouble(-9, 3));
      double curvature = random.nextDouble(1, 20);
      double[] cliffs = {
        random.nextDouble(0.1, 1), random.nextDouble(-0.6, 1), random.nextDouble(-0.6, 1)
      };
      Curve first = new Curve(START, bowl(optimum, curvature, 0, cliffs[0]));
      SortedMap<Long, Trials> others = new TreeMap<>();
      for (int other : new int[] {1, 2}) {
        double cliff = cliffs[other];
        Loss late = bowl(optimum, curvature, 0, cliff);
        others.put((long) other, new Curve(START, late));
      }
      RateSearch search = new RateSearch(first, others, LENGTH, 40, sentence -> {});
      RateSearch.Found found = search.search(optimum);
      double lowest = Math.min(cliffs[0], Math.min(cliffs[1], cliffs[2]));
      double best = bestOfGrid(bowl(optimum, curvature, 0, lowest - A_STEP), optimum);
      assertThat(found.interior()).as("case %d of seed %d", i, seed).isTrue();
      assertThat(Math.log10(found.rate().orElseThrow() / optimum))
          .as("case %d of seed %d", i, seed)
          .isLessThanOrEqualTo(lowest);
      assertThat(lossOf(found)).as("case %d of seed %d", i, seed).isLessThan(1.05 * best);
      assertThat(search.spent()).isLessThanOrEqualTo(3L * RateSearch.MOST_LENGTHS * LENGTH);
    }
  }

  /** A search with a second seed, on a bowl with its bottom at 0.1 for the first. */
  private static RateSearch.Found searchWith(Curve second, int budget, List<String> said)
      throws IOException, TryoutInterruptedException {
    Curve first = new Curve(START, bowl(0.1, 3, 0, 0.5));
    SortedMap<Long, Trials> others = new TreeMap<>(Map.of(2L, second));
    RateSearch search = new RateSearch(first, others, LENGTH, budget, said::add);
    RateSearch.Found found = search.search(0.1);
    assertThat(search.spent()).isLessThanOrEqualTo(2L * RateSearch.MOST_LENGTHS * LENGTH);
    assertThat(first.cost + second.cost).isLessThanOrEqualTo(2L * GRID * LENGTH / 4);
    return found;
  }

  private static double rateOfTheFirstSeed() throws IOException, TryoutInterruptedException {
    return search(new Curve(START, bowl(0.1, 3, 0, 0.5)), 0.1).rate().orElseThrow();
  }

  private static Curve divergingAt(double start, int iteration) {
    Curve curve = new Curve(start, (rate, iterations) -> Double.NaN);
    curve.divergesAt(iteration);
    return curve;
  }

  @Test
  void a_seed_that_no_rate_can_help_is_left_out() throws Exception {
    List<Curve> hopeless =
        List.of(divergingAt(START, 0), divergingAt(Double.POSITIVE_INFINITY, LENGTH / 2));
    for (Curve seed : hopeless) {
      List<String> said = new ArrayList<>();
      RateSearch.Found found = searchWith(seed, 40, said);
      assertThat(found.rate()).hasValue(rateOfTheFirstSeed());
      assertThat(found.interior()).isTrue();
      assertThat(said).last().isEqualTo("seed 2 is not finite before the first update: left out");
    }
  }

  @Test
  void where_another_seed_diverges_at_every_rate_that_of_the_first_stays_and_is_not_settled()
      throws Exception {
    List<String> said = new ArrayList<>();
    RateSearch.Found found = searchWith(divergingAt(START, LENGTH / 2), 40, said);
    assertThat(found.rate()).hasValue(rateOfTheFirstSeed());
    assertThat(found.interior()).isFalse();
    assertThat(lossOf(found)).isCloseTo(0.5, within(0.01));
    assertThat(said)
        .last()
        .isEqualTo("no rate was found that every seed survives; that of the first seed stays");
  }

  @Test
  void a_rate_at_which_the_first_seed_does_not_learn_is_none_that_every_seed_survives()
      throws Exception {
    Loss narrow =
        (rate, iterations) ->
            rate > 0.3 ? Double.NaN : rate < 0.03 ? START : START / (1 + rate * iterations);
    Curve first = new Curve(START, narrow);
    Curve second = new Curve(START, (rate, iterations) -> rate > 0.02 ? Double.NaN : START / 2);
    List<String> said = new ArrayList<>();
    RateSearch.Found found =
        new RateSearch(first, new TreeMap<>(Map.of(2L, second)), LENGTH, 40, said::add).search(0.1);
    assertThat(found.rate().orElseThrow()).isBetween(0.03, 0.3);
    assertThat(found.interior()).isFalse();
    assertThat(said)
        .last()
        .isEqualTo("no rate was found that every seed survives; that of the first seed stays");
  }

  @Test
  void a_budget_without_a_new_rate_leaves_those_that_are_known() throws Exception {
    Curve second = new Curve(START, (rate, iterations) -> rate > 0.09 ? Double.NaN : START / 2);
    RateSearch.Found found = searchWith(second, 6, new ArrayList<>());
    assertThat(found.rate().orElseThrow()).isLessThan(0.09);
    assertThat(found.trials()).hasSizeLessThanOrEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 15, 16, 17, 100})
  void runs_of_any_length_keep_to_their_cost(int length) throws Exception {
    Curve curve =
        new Curve(
            START,
            (rate, iterations) -> rate > 1 ? Double.NaN : START / (1 + rate * iterations / length));
    RateSearch search = new RateSearch(curve, NO_OTHER_SEEDS, length, 40, sentence -> {});
    RateSearch.Found found = search.search(0.3);
    assertThat(curve.cost).isLessThanOrEqualTo((long) RateSearch.MOST_LENGTHS * length);
    assertThat(found.rate()).isPresent();
  }

  @Test
  void rates_are_round_and_sixteen_a_decade() {
    assertThat(IntStream.rangeClosed(-16, 0).mapToDouble(RateGrid::rate))
        .startsWith(0.1, 0.115, 0.133, 0.154, 0.178)
        .contains(0.316, 0.562)
        .endsWith(1.0);
    assertThat(RateGrid.rate(RateGrid.nearestCoarse(0.07))).isEqualTo(0.1);
    assertThat(RateGrid.nearestCoarse(0)).isEqualTo(RateGrid.SMALLEST);
    assertThat(RateGrid.nearestCoarse(Double.POSITIVE_INFINITY)).isEqualTo(RateGrid.LARGEST);
  }
}
