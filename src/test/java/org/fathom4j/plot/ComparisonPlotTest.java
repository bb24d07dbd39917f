package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Rate;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.ComparisonRecords;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.record.DepthCheckCsv;
import org.fathom4j.record.DepthCheckRow;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonPlotTest {

  @TempDir Path runs;
  private ComparisonDirectory comparison;
  private final List<ComparisonRow> rows = new ArrayList<>();
  private final List<Rate> rates = new ArrayList<>();

  @BeforeEach
  void create() throws IOException {
    comparison = ComparisonDirectory.create(runs, "made-up");
  }

  /** A run whose accuracy rises to {@code accuracy}; its name is that of its directory. */
  private void run(String initialization, int depth, long seed, double accuracy)
      throws IOException {
    RunDirectory run = comparison.run(initialization, depth, seed);
    Files.createDirectories(run.path());
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      for (int i = 1; i <= 10; i++) {
        log.append(10 * i, 0, "train", "accuracy", accuracy * i / 10);
        log.append(10 * i, 0, "train", "loss", 1 - accuracy * i / 11);
      }
    }
    try (DepthProfileLog log = DepthProfileLog.create(run.depthProfileCsv())) {
      for (int l = 0; l <= 4; l++) {
        log.append(100, l * depth / 4, "activation_norm", 1 + l);
        log.append(100, l * depth / 4, "gradient_norm", 6 - l);
      }
    }
    add(
        initialization,
        depth,
        seed,
        "done",
        accuracy > 0.19 ? "learns" : "stalls",
        "iterations",
        9);
    add(initialization, depth, seed, "done", "learns", "train_accuracy", accuracy);
    add(initialization, depth, seed, "done", "learns", "test_accuracy", accuracy / 2);
  }

  private void divergedRun(String initialization, int depth, long seed) throws IOException {
    RunDirectory run = comparison.run(initialization, depth, seed);
    Files.createDirectories(run.path());
    MetricLog.create(run.metricsCsv()).close();
    DepthProfileLog.create(run.depthProfileCsv()).close();
    add(initialization, depth, seed, "diverged", "diverges", "iterations", 0);
  }

  private void add(
      String initialization,
      int depth,
      long seed,
      String status,
      String outcome,
      String metric,
      double value) {
    rows.add(
        new ComparisonRow(
            initialization,
            depth,
            1e-3,
            seed,
            status,
            outcome,
            comparison.run(initialization, depth, seed).name(),
            metric,
            value));
  }

  private void rate(String initialization, int depth, double learningRate, Standing standing) {
    rates.add(Rate.of(initialization, depth, learningRate, "tuned", standing));
  }

  private void trial(String initialization, int depth, double rate, int iterations, double loss)
      throws IOException {
    trial(initialization, depth, 1, rate, iterations, loss);
  }

  private void trial(
      String initialization, int depth, long seed, double rate, int iterations, double loss)
      throws IOException {
    String status = Double.isFinite(loss) ? "done" : "diverged";
    try (TrialLog log = TrialLog.open(comparison.trialsCsv())) {
      log.append(
          new TrialRow(
              initialization, depth, seed, rate, iterations, rate == 0 ? "start" : status, loss));
    }
  }

  /** Four rates: one stopped early, two of full length, one that diverged late. */
  private void search(String initialization, int depth, double scale) throws IOException {
    trial(initialization, depth, 0, 0, 0.5);
    trial(initialization, depth, 0.1 * scale, 25, 0.4);
    for (double rate : new double[] {scale, 2 * scale}) {
      trial(initialization, depth, rate, 25, 0.35);
      trial(initialization, depth, rate, 400, 0.1 * rate / scale);
    }
    trial(initialization, depth, 4 * scale, 25, 0.3);
    trial(initialization, depth, 4 * scale, 156, Double.POSITIVE_INFINITY);
    rate(initialization, depth, scale, Standing.SETTLED);
  }

  private ComparisonRecord record() {
    return ComparisonRecords.done(
        comparison.name(),
        rows.stream().map(ComparisonRow::initialization).distinct().toList(),
        rows.stream().map(ComparisonRow::depth).distinct().toList(),
        List.of(1L, 2L),
        "tuned",
        rates);
  }

  private List<Path> draw() throws IOException {
    ComparisonCsv.write(comparison.comparisonCsv(), rows);
    record().write(comparison.comparisonJson());
    return ComparisonPlot.draw(comparison);
  }

  private Drawn learningRates() throws IOException {
    List<Path> pictures = draw();
    assertThat(names(pictures)).hasSize(5).contains("learning_rates.png");
    return Drawn.on(pictures.get(3));
  }

  private static List<String> names(List<Path> files) {
    return files.stream().map(file -> file.getFileName().toString()).toList();
  }

  @Test
  void few_cells_share_a_panel_a_colour_a_cell() throws IOException {
    run("mzas", 100, 1, 0.9);
    run("mzas", 100, 2, 0.8);
    run("xavier", 100, 1, 0.5);
    divergedRun("xavier", 2000, 1);
    List<Path> pictures = draw();
    assertThat(names(pictures))
        .containsExactly(
            "learning_curves.png", "accuracy_against_depth.png", "map.png", "depth_profiles.png");
    Drawn curves = Drawn.on(pictures.get(0));
    for (int look = 0; look < 3; look++) { // mzas 100, xavier 100, and the legend of xavier 2000
      assertThat(curves.pixels(Theme.colour(look))).as("look " + look).isGreaterThan(50);
    }
    assertThat(curves.pixels(Theme.colour(3))).isZero();
    Drawn map = Drawn.on(pictures.get(2));
    assertThat(map.pixels(new java.awt.Color(0xF3C1BC))).isGreaterThan(5000); // diverges
    assertThat(map.pixels(Theme.lightToDark(0.5))).isGreaterThan(5000); // xavier at 100
  }

  @Test
  void many_cells_have_a_panel_a_depth_a_colour_an_initialization() throws IOException {
    for (int depth : new int[] {10, 100, 1000}) {
      run("mzas", depth, 1, 0.9);
      run("fixup", depth, 1, 0.7);
      run("he", depth, 1, 0.5);
    }
    List<Path> pictures = draw();
    Drawn curves = Drawn.on(pictures.get(0));
    assertThat(curves.height()).isGreaterThan(2 * 3 * 280);
    for (int look = 0; look < 3; look++) {
      assertThat(curves.pixels(Theme.colour(look))).as("look " + look).isGreaterThan(500);
    }
    assertThat(curves.pixels(Theme.colour(3))).isZero();
  }

  @Test
  void pictures_are_a_function_of_the_csv_files() throws IOException {
    run("mzas", 10, 1, 0.9);
    run("mzas", 100, 1, 0.8);
    List<byte[]> first = new ArrayList<>();
    for (Path picture : draw()) {
      first.add(Files.readAllBytes(picture));
      Files.delete(picture);
    }
    List<Path> again = ComparisonPlot.draw(comparison);
    for (int i = 0; i < again.size(); i++) {
      assertThat(again.get(i)).hasBinaryContent(first.get(i));
    }
  }

  @Test
  void runs_that_all_diverged_at_once_can_be_drawn() throws IOException {
    divergedRun("he", 500, 1);
    assertThat(draw()).hasSize(4).allMatch(Files::exists);
  }

  @Test
  void nothing_is_drawn_before_a_run_has_ended() throws IOException {
    assertThat(draw()).isEmpty();
  }

  @Test
  void a_depth_check_has_a_picture_of_its_own() throws IOException {
    run("mzas", 10, 1, 0.9);
    DepthCheckCsv.write(
        comparison.depthCheckCsv(),
        List.of(
            new DepthCheckRow("mzas", "activation_norm", 1, 10, 1),
            new DepthCheckRow("mzas", "activation_norm", 1, 100, 1.1),
            new DepthCheckRow("mzas", "activation_norm", 2, 10, 0),
            new DepthCheckRow("mzas", "activation_norm", 2, 100, Double.NaN)));
    assertThat(names(draw())).startsWith("depth_check.png");
  }

  @Test
  void a_search_for_learning_rates_is_drawn_with_its_good_rates_its_losers_and_its_divergence()
      throws IOException {
    run("mzas", 10, 1, 0.9);
    run("mzas", 100, 1, 0.8);
    search("mzas", 10, 1);
    search("mzas", 100, 0.1);
    Drawn picture = learningRates();
    int legend = dot(7);
    assertThat(picture.pixels(LearningRatePlot.FULL_LENGTH)).isGreaterThan(legend + 4 * dot(7) / 2);
    assertThat(picture.pixels(LearningRatePlot.STOPPED)).isGreaterThan(2 * dot(4.5) / 2);
    assertThat(picture.pixels(LearningRatePlot.CHOSEN)).isGreaterThan(2 * 400);
    assertThat(picture.pixels(Theme.ALARM)).isGreaterThan(100);
  }

  /** Pixels of a dot, most of which are of its own colour. */
  private static int dot(double diameter) {
    return (int) (Math.PI / 4 * diameter * diameter * Picture.SCALE * Picture.SCALE);
  }

  @Test
  void a_rate_is_drawn_as_diverged_where_another_seed_did_and_only_there() throws IOException {
    run("mzas", 10, 1, 0.9);
    search("mzas", 10, 1);
    Drawn firstSeedAlone = learningRates();
    trial("mzas", 10, 2, 0, 0, 0.5);
    trial("mzas", 10, 2, 1, 400, 0.3);
    assertThat(learningRates().pixels(LearningRatePlot.FULL_LENGTH))
        .isEqualTo(firstSeedAlone.pixels(LearningRatePlot.FULL_LENGTH));
    trial("mzas", 10, 3, 0, 0, Double.POSITIVE_INFINITY); // left out: no rate can help it
    trial("mzas", 10, 3, 2, 9, Double.POSITIVE_INFINITY);
    assertThat(learningRates().pixels(LearningRatePlot.FULL_LENGTH))
        .isEqualTo(firstSeedAlone.pixels(LearningRatePlot.FULL_LENGTH));
    trial("mzas", 10, 2, 2, 9, Double.POSITIVE_INFINITY);
    assertThat(learningRates().pixels(LearningRatePlot.FULL_LENGTH))
        .isLessThan(firstSeedAlone.pixels(LearningRatePlot.FULL_LENGTH) - dot(7) / 2);
  }

  @Test
  void a_search_in_which_nothing_learnt_has_no_chosen_rate() throws IOException {
    run("mzas", 10, 1, 0.9);
    search("mzas", 10, 1);
    int one = learningRates().pixels(LearningRatePlot.CHOSEN);
    divergedRun("xavier", 10, 1);
    trial("xavier", 10, 0, 0, Double.POSITIVE_INFINITY);
    trial("xavier", 10, 1e-36, 0, Double.POSITIVE_INFINITY);
    rate("xavier", 10, 1e-36, Standing.NONE_LEARNT);
    assertThat(learningRates().pixels(LearningRatePlot.CHOSEN))
        .isCloseTo(one, Percentage.withPercentage(20));
  }

  @Test
  void many_cells_have_small_panels_a_row_an_initialization_a_column_a_depth() throws IOException {
    for (String initialization : List.of("mzas", "fixup")) {
      for (int depth : new int[] {10, 100, 1000}) {
        run(initialization, depth, 1, 0.9);
        search(initialization, depth, 1.0 / depth);
      }
    }
    Drawn picture = learningRates();
    assertThat(picture.width()).isBetween(2 * 3 * 250, 2 * 3 * 430);
    assertThat(picture.height()).isBetween(2 * 2 * 190, 2 * 2 * 280);
  }

  @Test
  void a_cell_that_was_not_searched_yet_leaves_its_place_empty() throws IOException {
    run("mzas", 10, 1, 0.9);
    run("mzas", 100, 1, 0.9);
    search("mzas", 100, 0.1);
    assertThat(learningRates().pixels(Theme.ALARM)).isPositive();
  }

  @Test
  void a_search_without_a_trial_has_no_picture() throws IOException {
    run("mzas", 10, 1, 0.9);
    TrialLog.open(comparison.trialsCsv()).close();
    assertThat(names(draw())).hasSize(4).doesNotContain("learning_rates.png");
    trial("mzas", 10, 0, 0, 0.5);
    assertThat(names(draw())).hasSize(4).doesNotContain("learning_rates.png");
  }

  @Test
  void trials_that_are_damaged_are_named() throws IOException {
    run("mzas", 10, 1, 0.9);
    Files.writeString(comparison.trialsCsv(), TrialLog.HEADER + "\nmzas,ten,1,0.1,25,done,0.4\n");
    assertThatThrownBy(this::draw)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(comparison.trialsCsv().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, SETTLED, η = 0.1",
    "0.1, ON_THE_EDGE, η = 0.1 (edge)",
    "1e-36, NONE_LEARNT, none learnt (1e-36)"
  })
  void a_rate_that_nobody_settled_on_says_so(double rate, Standing standing, String text) {
    assertThat(ComparedCell.eta(rate, standing, " = ")).isEqualTo(text);
  }

  @Test
  void cells_have_the_standing_that_the_record_has() throws IOException {
    divergedRun("he", 10, 1);
    divergedRun("he", 100, 1);
    rate("he", 100, 1e-3, Standing.NONE_LEARNT);
    assertThat(ComparedCell.of(rows, record()))
        .extracting(ComparedCell::label)
        .containsExactly("he L=10 η=0.001 (diverges)", "he L=100 none learnt (0.001) (diverges)");
  }

  @Test
  void a_csv_file_that_is_damaged_is_named() throws IOException {
    run("mzas", 10, 1, 0.9);
    Path metrics = comparison.run("mzas", 10, 1).metricsCsv();
    Files.writeString(metrics, "nonsense\n");
    assertThatThrownBy(this::draw)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(metrics.toString());
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.1", "0.002, 0.002", "1e-6, 1e-06", "0.0316, 0.0316", "1, 1", "20, 20"})
  void rates_are_written_as_people_do(double rate, String text) {
    assertThat(ComparedCell.rate(rate)).isEqualTo(text);
  }
}
