package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathIdTest {

  @Test
  void an_ordinary_name_is_its_own_id() {
    assertThat(PathId.of(List.of("20261122-195445-mzas_10.000")))
        .isEqualTo("20261122-195445-mzas_10.000");
  }

  @Test
  void names_are_parted_and_other_letters_escaped() {
    assertThat(PathId.of(List.of("a b", "runs", "~ζ"))).isEqualTo("a~20b~sruns~s~7E~CE~B6");
  }

  /** Among them names that look like escapes, separators, markup and paths. */
  @Test
  void every_list_of_names_has_its_own_id_and_comes_back() {
    Random random = new Random(20261123);
    String letters = "a~s0F7E.- <\"'%&#?ζ\u20ac😀\n";
    int[] points = letters.codePoints().toArray();
    for (int i = 0; i < 2000; i++) {
      List<String> names =
          random
              .ints(1 + random.nextInt(3), 1, 6)
              .mapToObj(
                  length -> {
                    StringBuilder name = new StringBuilder("x");
                    random
                        .ints(length, 0, points.length)
                        .forEach(p -> name.appendCodePoint(points[p]));
                    return name.toString();
                  })
              .toList();
      String id = PathId.of(names);
      assertThat(id).matches("[A-Za-z0-9._~-]+");
      assertThat(PathId.names(id)).as(id).contains(names);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "~s",
        "a~s",
        "~sa",
        "a~s..~sb",
        "..~setc",
        "a~s.",
        "/etc",
        "a/b",
        "a%2Fb",
        "~2F",
        "a~2Fb",
        "~2E~2E",
        "~5C",
        "a~00",
        "~",
        "~1",
        "~zz",
        "~7e",
        "~41",
        "~FF",
        "a b",
        "ä",
        "a~S",
        "a~s~sb"
      })
  void what_no_names_make_finds_none(String id) {
    assertThat(PathId.names(id)).isEmpty();
  }
}
