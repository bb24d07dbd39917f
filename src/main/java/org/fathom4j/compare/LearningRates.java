package org.fathom4j.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.fathom4j.init.Initializers;
import org.fathom4j.record.AtomicFile;

/**
 * The learning rates of many cells, as {@code fathom tune --json} prints them and {@code
 * learning-rates.json} keeps them.
 *
 * <pre>{@code
 * {"cells": [{"init": "mzas", "depth": 100, "learningRate": 0.1, "interior": true,
 *             "trials": [{"learningRate": 0.1, "iterations": 1000, "status": "done", "loss": 0.07}]}]}
 * }</pre>
 *
 * <p>{@code learningRate} is null where no rate was found, {@code loss} where the trial diverged.
 *
 * <p>A file that somebody wrote may hold less: without {@code trials} there were none, without
 * {@code interior} the rate is taken for what its writer wanted, as one that was searched for
 * between worse ones; {@code iterations} of trials, which nobody computes with, read as 0.
 *
 * @param cells in the order they were asked for
 */
public record LearningRates(List<TunedRate> cells) {

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  public LearningRates {
    cells = List.copyOf(cells);
    Set<List<Object>> seen = new HashSet<>();
    for (TunedRate cell : cells) {
      if (!seen.add(List.of(cell.initialization(), cell.depth()))) {
        throw new IllegalArgumentException(
            cell.initialization() + " at depth " + cell.depth() + " is there twice");
      }
    }
  }

  /**
   * The cell of an initialization at a depth.
   *
   * @param initialization text as {@link Initializers#spec} writes it
   */
  public Optional<TunedRate> of(String initialization, int depth) {
    return cells.stream()
        .filter(cell -> cell.initialization().equals(initialization) && cell.depth() == depth)
        .findFirst();
  }

  /** One JSON object, without a newline at its end. */
  public String json() {
    ObjectNode root = MAPPER.createObjectNode();
    ArrayNode array = root.putArray("cells");
    for (TunedRate cell : cells) {
      ObjectNode node = array.addObject();
      node.put("init", cell.initialization()).put("depth", cell.depth());
      if (cell.learningRate().isPresent()) {
        node.put("learningRate", cell.learningRate().getAsDouble());
      } else {
        node.putNull("learningRate");
      }
      node.put("interior", cell.interior());
      ArrayNode trials = node.putArray("trials");
      for (Trial trial : cell.trials()) {
        trials
            .addObject()
            .put("learningRate", trial.learningRate())
            .put("iterations", trial.iterations())
            .put("status", trial.status().word())
            .put("loss", Double.isFinite(trial.loss()) ? trial.loss() : null);
      }
    }
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return MAPPER.writer(printer).writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write as JSON: " + this, e);
    }
  }

  /** Writes or replaces the file atomically. */
  public void write(Path file) throws IOException {
    byte[] bytes = (json() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  /**
   * Reads a file back.
   *
   * @throws IOException naming the file, the cell and what is wrong with it
   */
  public static LearningRates read(Path file) throws IOException {
    try {
      JsonNode cells = MAPPER.readTree(Files.readAllBytes(file)).path("cells");
      if (!cells.isArray()) {
        throw new IllegalArgumentException("it has no list \"cells\"");
      }
      List<TunedRate> rates = new ArrayList<>();
      for (JsonNode cell : cells) {
        try {
          rates.add(cell(cell));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "cell " + (rates.size() + 1) + ": " + e.getMessage(), e);
        }
      }
      return new LearningRates(rates);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file of learning rates " + file + ".", e);
    } catch (JsonProcessingException e) {
      throw wrong(file, e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw wrong(file, e.getMessage(), e);
    }
  }

  private static IOException wrong(Path file, String problem, Exception cause) {
    return new IOException(
        file
            + " holds no learning rates as fathom tune writes them: "
            + problem
            + ". Give the learning-rates.json of a search, or what fathom tune --json printed.",
        cause);
  }

  private static TunedRate cell(JsonNode cell) {
    String initialization = Initializers.spec(Initializers.parse(required(cell, "init").asText()));
    JsonNode rate = required(cell, "learningRate");
    List<Trial> trials = new ArrayList<>();
    for (JsonNode trial : cell.path("trials")) {
      trials.add(
          new Trial(
              number(trial, "learningRate"),
              trial.has("iterations") ? wholeNumber(trial, "iterations") : 0,
              status(required(trial, "status").asText()),
              required(trial, "loss").isNull() ? Double.POSITIVE_INFINITY : number(trial, "loss")));
    }
    OptionalDouble learningRate =
        rate.isNull() ? OptionalDouble.empty() : OptionalDouble.of(number(cell, "learningRate"));
    if (learningRate.isPresent() && !(learningRate.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "learningRate must be above 0, or null, but is " + learningRate.getAsDouble());
    }
    int depth = wholeNumber(cell, "depth");
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be at least 1, but is " + depth);
    }
    boolean interior = cell.path("interior").asBoolean(learningRate.isPresent());
    return new TunedRate(initialization, depth, learningRate, interior, trials);
  }

  private static JsonNode required(JsonNode node, String key) {
    JsonNode value = node.get(key);
    if (value == null) {
      throw new IllegalArgumentException("it has no key \"" + key + "\"");
    }
    return value;
  }

  private static double number(JsonNode node, String key) {
    JsonNode value = required(node, key);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(key + " must be a number, but is " + value);
    }
    return value.doubleValue();
  }

  private static int wholeNumber(JsonNode node, String key) {
    JsonNode value = required(node, key);
    if (!value.canConvertToExactIntegral() || !value.canConvertToInt()) {
      throw new IllegalArgumentException(key + " must be a whole number, but is " + value);
    }
    return value.intValue();
  }

  private static Trial.Status status(String word) {
    return Arrays.stream(Trial.Status.values())
        .filter(status -> status.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "status must be one of "
                        + Arrays.stream(Trial.Status.values())
                            .map(Trial.Status::word)
                            .collect(Collectors.joining(", "))
                        + ", but is "
                        + word));
  }
}
