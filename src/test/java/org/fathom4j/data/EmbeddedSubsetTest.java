package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddedSubsetTest {

  private static final Path DIRECTORY = Path.of("datasets", "fashion-mnist-1k");

  @Test
  void it_is_what_its_rule_makes_of_the_full_data_set() throws IOException {
    assumeTrue(
        FashionMnist.FULL.find(Path.of("")).isPresent(),
        "Debian's package dataset-fashion-mnist is not installed");
    Dataset full = FashionMnist.FULL.load(Optional.empty(), Path.of(""));
    for (IdxPart part : IdxPart.values()) {
      IdxFile committed = IdxFile.read(DIRECTORY.resolve(part.compressedName()), part.content());
      assertThat(committed.encode()).isEqualTo(EmbeddedSubset.file(full, part).encode());
    }
  }

  @ParameterizedTest
  @EnumSource(IdxPart.class)
  void its_readme_states_the_hash_of_each_file(IdxPart part) throws IOException {
    assertThat(Files.readString(DIRECTORY.resolve("README.md")))
        .contains(
            String.format(
                "| %s | %s |", part.compressedName(), FashionMnist.EMBEDDED.sha256().get(part)));
  }

  @Test
  void its_readme_keeps_the_licence() throws IOException {
    assertThat(Files.readString(DIRECTORY.resolve("README.md")))
        .contains("2017 Zalando SE")
        .contains("Permission is hereby granted, free of charge");
  }
}
