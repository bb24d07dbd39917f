package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.fathom4j.record.GrowingFile;

/** Writes what the page reads. */
final class Answers {

  private static final JsonFactory JSON = new JsonFactory();
  private static final MathContext DIGITS = new MathContext(5);

  /** Sentences on what went wrong are shorter. */
  private static final int LONGEST_TEXT = 600;

  /** Told apart by their tags from what an earlier process of this address has answered. */
  private static final String PROCESS = Long.toString(System.nanoTime(), Character.MAX_RADIX);

  private Answers() {}

  @FunctionalInterface
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  /** JSON, tagged by its own bytes. */
  static Answer json(Body body) throws IOException {
    byte[] bytes = bytes(body);
    return Answer.json(200, tag(bytes), bytes);
  }

  /** JSON, tagged by the state that it was made of; nothing if the asker has just that. */
  static Answer json(String state, String known, Body body) throws IOException {
    String tag = tag(state);
    return tag.equals(known) ? Answer.unchanged(tag) : Answer.json(200, tag, bytes(body));
  }

  /** Why there is no answer. */
  static Answer error(int status, String why) {
    try {
      return Answer.json(
          status,
          null,
          bytes(
              json -> {
                json.writeStartObject();
                json.writeStringField("error", clipped(why));
                json.writeEndObject();
              }));
    } catch (IOException e) {
      throw new IllegalStateException("Memory cannot be written to.", e);
    }
  }

  private static byte[] bytes(Body body) throws IOException {
    // Through characters: a name with half a surrogate pair is a question mark then, not a failure.
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      body.write(json);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  static String tag(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return tag(Long.toHexString(sum.getValue()) + "." + bytes.length);
  }

  static String tag(String state) {
    return '"' + PROCESS + "-" + state + '"';
  }

  /** How far a log has been read, and what was wrong with it. */
  static void writeProgress(JsonGenerator json, GrowingFile file) throws IOException {
    json.writeNumberField("read", file.read());
    json.writeNumberField("size", file.size());
    json.writeBooleanField("more", file.more());
    writeText(json, "problem", file.problem());
  }

  /** Five digits; null for what is no finite number. */
  static void writeNumber(JsonGenerator json, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumber(new BigDecimal(value).round(DIGITS).doubleValue());
    } else {
      json.writeNull();
    }
  }

  /** A text of bounded length; left out if null. */
  static void writeText(JsonGenerator json, String name, String value) throws IOException {
    if (value != null) {
      json.writeStringField(name, clipped(value));
    }
  }

  static String clipped(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
  }
}
