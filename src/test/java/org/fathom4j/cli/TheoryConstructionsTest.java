package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code factor}, {@code memorize}, {@code landscape}; pictures; what is refused. */
class TheoryConstructionsTest {

  static Stream<JsonNode> matrices() {
    return TheoryResult.cases("hardt_ma");
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void factors_keep_to_the_golden_bounds_and_multiply_to_the_target(JsonNode golden) {
    String problem =
        String.format(
            " --target gaussian:%d:%d --depth %d",
            golden.get("d").asInt(), golden.get("seed").asInt(), golden.get("ell").asInt());
    JsonNode hardtMa = TheoryResult.of("factor --method hardt-ma" + problem);
    JsonNode balanced = TheoryResult.of("factor --method balanced" + problem);
    for (JsonNode result : new JsonNode[] {hardtMa, balanced}) {
      assertThat(TheoryResult.keys(result))
          .containsExactly("maxNorm", "bound", "reconstructionError", "padded");
      assertThat(result.get("maxNorm").asDouble())
          .isLessThanOrEqualTo(result.get("bound").asDouble());
      assertThat(result.get("reconstructionError").asDouble()).isLessThan(1e-10);
      assertThat(result.get("padded").asBoolean()).isEqualTo(golden.get("padded").asBoolean());
    }
    assertThat(hardtMa.get("bound").asDouble())
        .isCloseTo(golden.get("bound").asDouble(), Percentage.withPercentage(1e-8));
    assertThat(balanced.get("bound").asDouble())
        .isCloseTo(golden.get("bound_balanced").asDouble(), Percentage.withPercentage(1e-8));
    assertThat(balanced.get("maxNorm").asDouble()) // unique, unlike the other construction
        .isCloseTo(golden.get("max_norm_balanced").asDouble(), Percentage.withPercentage(1e-8));
  }

  /** γ = 1.6, L = 5 ≥ 3γ, as the paper asks: the one factor for the singular values is Φ itself. */
  @Test
  void a_bound_that_is_not_proved_at_a_depth_is_told_so() {
    Said below = TheoryResult.said("factor --method hardt-ma --target 4.95 --depth 5");
    assertThat(below.err()).contains("is proved", "from depth 5.8 on; at depth 5", "is above it");
    Said proved = TheoryResult.said("factor --method hardt-ma --target 4.95 --depth 6");
    assertThat(proved.err()).isEmpty();
  }

  @Test
  void a_singular_target_has_balanced_factors_without_a_bound() {
    JsonNode result = TheoryResult.of("factor --method balanced --target diagonal:1,0 --depth 9");
    assertThat(result.get("bound").isNull()).isTrue();
    assertThat(result.get("reconstructionError").asDouble()).isLessThan(1e-12);
  }

  @Test
  void critical_values_are_the_golden_ones() {
    for (JsonNode golden : TheoryResult.golden("critical_values")) {
      JsonNode result =
          TheoryResult.of("landscape --target diagonal:" + TheoryResult.typed(golden.get("s")));
      assertThat(TheoryResult.keys(result)).containsExactly("criticalValues");
      assertThat(result.get("criticalValues")).hasSameSizeAs(golden.get("values"));
      for (int i = 0; i < golden.get("values").size(); i++) {
        assertThat(result.get("criticalValues").get(i).asDouble())
            .isCloseTo(golden.get("values").get(i).asDouble(), within(1e-12));
      }
    }
  }

  @Test
  void the_table_of_the_landscape_names_the_kind_of_every_point() {
    Said said = TheoryResult.said("landscape --target diagonal:3,2,1 --depth 3");
    assertThat(said.out()).contains("global minimum", "strict saddle", "degenerate saddle");
    assertThat(said.err()).isEmpty();
    assertThat(TheoryResult.said("landscape --target minus-identity:2").err())
        .contains("equal or zero");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "random:5"})
  void images_are_memorized_with_their_labels_and_with_random_ones(String labels) {
    JsonNode result =
        TheoryResult.of("memorize --samples 150 --hidden-width 16 --labels " + labels);
    assertThat(TheoryResult.keys(result))
        .containsExactly("layers", "parameters", "accuracy", "maxError", "minMargin");
    assertThat(result.get("layers").asInt()).isEqualTo(10); // ⌈150/16⌉
    assertThat(result.get("accuracy").asDouble()).isEqualTo(1);
    assertThat(result.get("maxError").asDouble()).isLessThan(1e-6);
    assertThat(result.get("minMargin").asDouble()).isPositive();
  }

  @Tag("slow")
  @Test
  void a_thousand_images_take_sixteen_blocks_of_width_64_and_the_golden_parameters() {
    JsonNode result = TheoryResult.of("memorize --hidden-width 64 --labels random:1");
    JsonNode golden = TheoryResult.golden("expressivity_counts").get(0);
    assertThat(result.get("layers").asInt()).isEqualTo(golden.get("layers").asInt());
    assertThat(result.get("parameters").asLong())
        .isEqualTo(golden.get("params_with_biases").asLong());
    assertThat(result.get("accuracy").asDouble()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gradient-descent --depth 8 --iterations 40",
        "gradient-descent --init near-identity:1 --depth 3 --learning-rate 0.02 --iterations 40",
        "flow --init identity --target rotation:100 --depth 4 --time 0.5,1",
        "count --depth 100",
        "count --target gaussian:3:1 --depth 20 --epsilon 1e-6",
        "count --sigma 1 --depth 100 --learning-rate 0.03 --max-iterations 50",
        "count --sigma 0 --depth 3",
        "depth-scaling --depths 10,100",
        "depth-scaling --depths 10 --target diagonal:1,0",
        "depth-scaling --depths 10,100 --target minus-identity:1 --target 2 --confirm 10",
        "saddle --learning-rate 0.1",
        "escape --dimension 1 --runs 1",
        "step-project --target diagonal:2,-1 --psi 0.5 --depth 4 --learning-rate 0.01 --at 100",
        "power-projection --target rotation:60 --depth 4 --learning-rate 0.02 --iterations 50",
        "factor --target gaussian:3:301 --depth 60",
        "factor --method balanced --target diagonal:1,0 --depth 1",
        "memorize --samples 20 --hidden-width 8",
        "landscape --target diagonal:3,2,1 --depth 3",
        "landscape --target diagonal:0",
        "landscape --depth 1",
        "sharpness",
        "sharpness --sigma 0 --depth 1",
        "shamir --depths 2,3"
      })
  void a_picture_is_drawn_and_told_on_stderr(String words, @TempDir Path directory)
      throws IOException {
    Path picture = directory.resolve("picture.png");
    Said said = TheoryResult.said(words + " --json --plot " + picture);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(TheoryResult.json(said).isObject()).isTrue();
    assertThat(said.err()).contains("The picture is " + picture);
    assertThat(ImageIO.read(picture.toFile()).getWidth()).isGreaterThan(800);
    assertThat(Files.list(directory)).containsExactly(picture);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gradient-descent --target 1,2;3                 | first row but 1 in row 2
          gradient-descent --target 1,2,3;4,5,6           | is 2×3, but a target is square
          gradient-descent --target 1,NaN;3,4             | the entry NaN in row 1, column 2
          gradient-descent --target gausian:2:1           | Did you mean 'gaussian'
          gradient-descent --target nothing.csv           | nothing.csv cannot be read
          gradient-descent --depth 0                      | The depth is 0; it must be at least 1.
          gradient-descent --init identiti                | There is no initialization 'identiti'.
          gradient-descent --init zsa                     | Did you mean 'zas'?
          gradient-descent --engine matrix                | Did you mean 'matrices'?
          gradient-descent --learning-rate 0              | The learning rate is 0.0; it must be positive
          gradient-descent --learning-rate fast           | 'fast' is no number
          gradient-descent --iterations -1                | number of iterations is -1
          gradient-descent --at 0,500 --iterations 400    | --at 500 is beyond the last iteration
          gradient-descent --at 0,x                       | in '0,x' 'x' is no whole number
          gradient-descent --at -3                        | --at must be at least 0 everywhere
          gradient-descent --plot .                       | --plot . is a directory
          gradient-descent --itertions 3                  | Did you mean '--iterations'?
          gradient-descent --engine reduced --init identity --target 1,2;3,4 | no exact reduction
          flow --time -1                                  | The time is -1.0
          flow --time 1,soon                              | in '1,soon' 'soon' is no number
          flow --depth -2                                 | The depth is -2
          count --sigma -1                                | A singular value is -1.0
          count --sigma 1 --target minus-identity:1       | give one of them
          count --epsilon 0                               | ε is 0.0
          count --depth 0                                 | The depth is 0
          count --plot .                                  | --plot . is a directory
          factor --plot .                                 | --plot . is a directory
          memorize --plot .                               | --plot . is a directory
          landscape --plot .                              | --plot . is a directory
          sharpness --plot .                              | --plot . is a directory
          depth-scaling --depths 10,10                    | --depths has 10 twice
          depth-scaling --depths 0                        | --depths must be at least 1, but is 0
          depth-scaling --target 1 --target 2 --target 1  | --target has '1' twice.
          depth-scaling --confirm 0                       | --confirm must be at least 1, but is 0
          depth-scaling --confirm all                     | 'all' is no whole number
          depth-scaling --confirm-seconds -1              | --confirm-seconds must be positive
          depth-scaling --depths 10 --max-iterations 3    | within 3 updates; allow more
          saddle --learning-rate -1                       | The learning rate is -1.0
          escape --runs 0                                 | The number of runs is 0
          escape --dimension 0                            | dimension 0; allowed are 1
          step-project --psi 0                            | ψ is 0.0
          power-projection                                | has the margin -1.00000
          power-projection --gamma -1 --target rotation:9 | γ is -1.0
          factor --method hardtma                         | Did you mean 'hardt-ma'?
          factor --target diagonal:1,0                    | singular
          memorize --samples 0                            | --samples must be at least 1, but is 0
          memorize --samples 5000                         | 5000 is more than the 1,000 images
          memorize --hidden-width 0                       | --hidden-width must be at least 1
          memorize --labels random                        | There is no kind of labels 'random'.
          memorize --labels random:x                      | whole number for SEED
          memorize --data fashion                         | There is no data set 'fashion'.
          landscape --target minus-identity:21            | at most dimension 20
          sharpness --sigma -1                            | A singular value is -1.0
          shamir --depths 2,,3                            | in '2,,3' '' is no whole number
          memorise                                        | Did you mean 'memorize'?
          """)
  void what_cannot_be_is_bad_usage_with_its_value_and_a_cure(String words, String message) {
    Said said = TheoryResult.said(words);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.USAGE);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(message).contains("Try 'fathom theory").doesNotContain("\tat ");
  }
}
