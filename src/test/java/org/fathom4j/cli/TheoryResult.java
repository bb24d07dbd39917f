package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code fathom theory} prints as JSON, and the golden values beside it. */
final class TheoryResult {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNode GOLDEN = golden();

  private TheoryResult() {}

  /** The result of a command that ends well, {@code theory} and {@code --json} understood. */
  static JsonNode of(String words) {
    Said said = said(words + " --json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    return json(said);
  }

  static Said said(String words) {
    return Said.by(
        Stream.concat(Stream.of("theory"), Stream.of(words.split(" "))).toArray(String[]::new));
  }

  static JsonNode json(Said said) {
    try {
      return MAPPER.readTree(said.out());
    } catch (JsonProcessingException e) {
      throw new AssertionError("No JSON: " + said.out() + said.err(), e);
    }
  }

  /** An entry of {@code golden/theory.json}. */
  static JsonNode golden(String key) {
    return GOLDEN.get(key);
  }

  static Stream<JsonNode> cases(String key) {
    return elements(golden(key));
  }

  static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  /** Numbers or rows of numbers as they are typed: commas between numbers, semicolons, rows. */
  static String typed(JsonNode array) {
    return elements(array)
        .map(entry -> entry.isArray() ? typed(entry) : entry.asText())
        .collect(Collectors.joining(array.get(0).isArray() ? ";" : ","));
  }

  static List<String> keys(JsonNode object) {
    return StreamSupport.stream(((Iterable<String>) object::fieldNames).spliterator(), false)
        .toList();
  }

  private static JsonNode golden() {
    try (InputStream in = TheoryResult.class.getResourceAsStream("/golden/theory.json")) {
      return MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
