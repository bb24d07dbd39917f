package org.fathom4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpellingTest {

  @Test
  void theNearestTakesTheFewestEdits() {
    assertThat(Spelling.nearest("fashion-mnits", List.of("fashion-mnist-1k", "fashion-mnist")))
        .contains("fashion-mnist");
  }

  @Test
  void caseIsNoMistake() {
    assertThat(Spelling.nearest("MZAZ", List.of("he", "mzas"))).contains("mzas");
  }

  @Test
  void aWordTooShortForSoManyEditsDoesNotHideALongerOne() {
    // two edits lead to either, but elu would keep only one letter of three
    assertThat(Spelling.nearest("rleu", List.of("elu", "relu"))).contains("relu");
  }

  @Test
  void neighboursThatChangedPlacesAreOneMistake() {
    // as two, they would be too many for a word of three letters
    assertThat(Spelling.nearest("zsa", List.of("identity", "zas", "xavier"))).contains("zas");
    assertThat(Spelling.nearest("sdg", List.of("adam", "sgd"))).contains("sgd");
  }

  @Test
  void anotherWordIsNotAnotherSpelling() {
    assertThat(Spelling.nearest("rmsprop", List.of("sgd", "adam", "nesterovs"))).isEmpty();
    assertThat(Spelling.nearest("", List.of("sgd"))).isEmpty();
    assertThat(Spelling.nearest("sgd", List.of())).isEmpty();
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearestAndAllKnown() {
    assertThat(Spelling.unknown("block", "linaer", List.of("nonlinear", "linear")))
        .isEqualTo("There is no block 'linaer'. Did you mean 'linear'? Known: nonlinear, linear.");
    assertThat(Spelling.unknown("block", "cubic", List.of("nonlinear", "linear")))
        .isEqualTo("There is no block 'cubic'. Known: nonlinear, linear.");
  }

  @Test
  void anAliasMayBeMeantThoughItIsNotListed() {
    assertThat(
            Spelling.unknown(
                "initializer", "kaimin", List.of("he", "mzas"), List.of("he", "mzas", "kaiming")))
        .isEqualTo("There is no initializer 'kaimin'. Did you mean 'kaiming'? Known: he, mzas.");
  }
}
