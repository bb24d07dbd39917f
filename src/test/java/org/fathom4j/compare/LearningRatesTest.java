package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRatesTest {

  private static final LearningRates RATES =
      new LearningRates(
          List.of(
              new TunedRate(
                  "idinit:tau=2,epsilon=0.001",
                  100,
                  OptionalDouble.of(0.1),
                  true,
                  List.of(
                      new Trial(0.0316, 6, Trial.Status.STOPPED, 0.4),
                      new Trial(0.1, 100, Trial.Status.DONE, 0.25),
                      new Trial(0.316, 3, Trial.Status.DIVERGED, Double.POSITIVE_INFINITY))),
              new TunedRate(
                  "xavier",
                  2000,
                  OptionalDouble.empty(),
                  false,
                  List.of(new Trial(1e-30, 0, Trial.Status.DIVERGED, Double.POSITIVE_INFINITY)))));

  @TempDir private Path temporary;

  private Path file() {
    return temporary.resolve("learning-rates.json");
  }

  @Test
  void what_is_written_is_read_back() throws IOException {
    RATES.write(file());
    assertThat(LearningRates.read(file())).isEqualTo(RATES);
    assertThat(file()).hasContent(RATES.json());
  }

  @Test
  void the_json_is_that_of_the_contract() {
    assertThat(RATES.json().replaceAll("\\s", ""))
        .isEqualTo(
            "{'cells':[{'init':'idinit:tau=2,epsilon=0.001','depth':100,'learningRate':0.1,'interior':true,"
                    .replace('\'', '"')
                + "'trials':[{'learningRate':0.0316,'iterations':6,'status':'stopped','loss':0.4},"
                    .replace('\'', '"')
                + "{'learningRate':0.1,'iterations':100,'status':'done','loss':0.25},"
                    .replace('\'', '"')
                + "{'learningRate':0.316,'iterations':3,'status':'diverged','loss':null}]},"
                    .replace('\'', '"')
                + "{'init':'xavier','depth':2000,'learningRate':null,'interior':false,"
                    .replace('\'', '"')
                + "'trials':[{'learningRate':1.0E-30,'iterations':0,'status':'diverged','loss':null}]}]}"
                    .replace('\'', '"'));
  }

  @Test
  void cells_are_found_by_initialization_and_depth() {
    assertThat(RATES.of("xavier", 2000)).contains(RATES.cells().get(1));
    assertThat(RATES.of("xavier", 100)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          []                                                        | it has no list "cells"
          {"cells":[{"depth":3}]}                                   | cell 1: it has no key "init"
          {"cells":[{"init":"mzsa","learningRate":1,"trials":[]}]}  | Did you mean 'mzas'?
          {"cells":[{"init":"mzas","learningRate":"x","trials":[]}]}| learningRate must be a number, but is "x"
          {"cells":[{"init":"mzas","learningRate":-1,"trials":[]}]} | learningRate must be above 0, or null, but is -1.0
          {"cells":[{"init":"mzas","learningRate":1,"depth":0,"trials":[]}]} | depth must be at least 1, but is 0
          {"cells":[{"init":"mzas","learningRate":1,"depth":99.5}]} | depth must be a whole number, but is 99.5
          {"cells":[{"init":"mzas","learningRate":1,"depth":1e10}]} | depth must be a whole number, but is 1.0E10
          {"cells":[{"init":"mzas","learningRate":1,"depth":9},{"init":"MZAS","learningRate":2,"depth":9}]} | mzas at depth 9 is there twice
          {"cells":[{"init":"mzas","learningRate":1,"trials":[{"learningRate":1,"status":"fine"}]}]} | status must be one of done, diverged, stopped, but is fine
          {"cells":[                                                | holds no learning rates
          """)
  void a_file_that_holds_something_else_is_refused_with_its_name(String content, String message)
      throws IOException {
    Files.writeString(file(), content);
    assertThatThrownBy(() -> LearningRates.read(file()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file() + " holds no learning rates as fathom tune writes them: ")
        .hasMessageContaining(message)
        .hasMessageContaining("Give the learning-rates.json of a search");
  }

  @Test
  void a_file_written_by_hand_needs_no_more_than_the_rates() throws IOException {
    Files.writeString(
        file(), "{\"cells\": [{\"init\": \"MZAS\", \"depth\": 7, \"learningRate\": 0.02}]}");
    assertThat(LearningRates.read(file()).cells())
        .containsExactly(new TunedRate("mzas", 7, OptionalDouble.of(0.02), true, List.of()));
  }

  @Test
  void half_a_file_is_refused_wherever_it_was_cut() throws IOException {
    String whole = RATES.json();
    for (int length = 0; length < whole.length(); length += 7) {
      Files.writeString(file(), whole.substring(0, length));
      assertThatThrownBy(() -> LearningRates.read(file()))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(file().toString());
    }
  }

  @Test
  void a_missing_file_is_missed() {
    assertThatThrownBy(() -> LearningRates.read(file()))
        .isInstanceOf(IOException.class)
        .hasMessage("There is no file of learning rates " + file() + ".");
  }
}
