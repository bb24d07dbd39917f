package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TryoutTest {

  private final Tryouts tryouts = new Tryouts(Experiments.HOME, () -> false);

  @Test
  void in_several_steps_beside_another_it_gets_exactly_where_training_gets(@TempDir Path runs)
      throws Exception {
    ExperimentSpec spec = Experiments.fake();
    Tryout tryout = tryouts.start(spec);
    Tryout other = tryouts.start(spec.withLearningRate(0.1));
    for (int to : new int[] {1, 5, 5, 12}) {
      assertThat(tryout.advance(to)).isTrue();
      assertThat(other.advance(to)).isTrue();
      assertThat(tryout.iteration()).isEqualTo(to);
    }
    TrainingResult trained = Experiments.trainer(runs).run(spec);
    assertThat(tryout.evaluate()).isEqualTo(trained.train().orElseThrow());
    assertThat(other.evaluate()).isNotEqualTo(tryout.evaluate());
  }

  @Test
  void divergence_is_told_with_the_updates_made_before_and_is_the_end() throws Exception {
    Tryout tryout = tryouts.start(Experiments.fake().withLearningRate(1e30));
    assertThat(tryout.advance(12)).isFalse();
    int made = tryout.iteration();
    assertThat(made).isBetween(1, 11);
    assertThat(tryout.advance(12)).isFalse();
    assertThat(tryout.iteration()).isEqualTo(made);
  }

  @Test
  void an_interrupted_tryout_goes_on() throws Exception {
    boolean[] stop = {true};
    Tryout tryout = new Tryouts(Experiments.HOME, () -> stop[0]).start(Experiments.fake());
    assertThatThrownBy(() -> tryout.advance(3))
        .isInstanceOf(TryoutInterruptedException.class)
        .hasMessage("Interrupted after iteration 0.");
    stop[0] = false;
    assertThat(tryout.advance(3)).isTrue();
  }

  @Test
  void it_goes_neither_back_nor_beyond_the_length_of_the_experiment() throws Exception {
    Tryout tryout = tryouts.start(Experiments.fake());
    tryout.advance(2);
    for (int to : new int[] {1, 13}) {
      assertThatThrownBy(() -> tryout.advance(to))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("of 12 iterations that made 2 cannot be trained up to iteration");
    }
  }

  @Test
  void small_networks_have_the_room_that_is_wanted() throws Exception {
    assertThat(tryouts.room(Experiments.fake(), 3)).isBetween(1, 3);
  }
}
