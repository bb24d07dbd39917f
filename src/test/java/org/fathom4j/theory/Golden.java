package org.fathom4j.theory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.theory.linear.Target;

/**
 * The golden values of the theory, {@code golden/theory.json}: computed by an independent NumPy,
 * SciPy and mpmath implementation, cross-checked by full matrices and 40-digit arithmetic (its
 * entry {@code meta} says so). Each case carries its own tolerance.
 */
public final class Golden {

  private static final JsonNode ROOT = read();

  private Golden() {}

  /** One entry, such as {@code rng}. */
  public static JsonNode get(String key) {
    JsonNode value = ROOT.get(key);
    if (value == null) {
      throw new IllegalArgumentException("golden/theory.json has no entry " + key);
    }
    return value;
  }

  /** The elements of an array. */
  public static Stream<JsonNode> cases(String key) {
    return elements(get(key));
  }

  public static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  public static double[] numbers(JsonNode array) {
    return elements(array).mapToDouble(JsonNode::doubleValue).toArray();
  }

  public static DMatrixRMaj matrix(JsonNode rows) {
    return new DMatrixRMaj(elements(rows).map(Golden::numbers).toArray(double[][]::new));
  }

  public static Target target(JsonNode rows) {
    return Target.of("golden", matrix(rows));
  }

  /**
   * The singular values of a case: its own, or those of the entry {@code targets} that it names.
   */
  public static double[] sigma(JsonNode goldenCase) {
    JsonNode sigma = goldenCase.get("sigma");
    if (sigma.isArray()) {
      return numbers(sigma);
    }
    String target = goldenCase.get("target").asText();
    return target.startsWith("-I_")
        ? DoubleStream.generate(() -> 1).limit(Integer.parseInt(target.substring(3))).toArray()
        : numbers(get("targets").get(target).get("sigma"));
  }

  private static JsonNode read() {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/theory.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
