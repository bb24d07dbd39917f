package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DatasetTest {

  private static final Path HOME = Path.of("").toAbsolutePath();

  private static Dataset readFrom(Path directory) throws IOException {
    Dataset fake = Datasets.load(DatasetRequest.of("fake"));
    return new Dataset(
        fake.name(), fake.train(), fake.test(), fake.sha256(), Optional.ofNullable(directory));
  }

  @Test
  void files_of_the_program_have_the_same_source_wherever_the_program_lies() throws IOException {
    assertThat(readFrom(HOME.resolve("datasets/here")).source(HOME)).isEqualTo("datasets/here");
    assertThat(readFrom(Path.of("datasets/here")).source(Path.of(""))).isEqualTo("datasets/here");
  }

  @Test
  void files_elsewhere_are_named_in_full() throws IOException {
    Path elsewhere = HOME.resolveSibling("elsewhere");
    assertThat(readFrom(elsewhere).source(HOME)).isEqualTo(elsewhere.toString());
  }

  @Test
  void generated_images_say_so() throws IOException {
    assertThat(readFrom(null).source(HOME)).isEqualTo("generated");
  }
}
