package org.fathom4j.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * JSON of this room: keys in the order of the records' components, nulls left out, instants as ISO
 * 8601, {@code NaN} and infinities as strings, lines ended by one newline on every system.
 */
final class RecordJson {

  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new InstantDeserializer()))
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private RecordJson() {}

  static byte[] pretty(Object value) {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return (MAPPER.writer(printer).writeValueAsString(value) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot be written as JSON: " + value, e);
    }
  }

  /**
   * Reads a record whose key {@code format} tells its layout.
   *
   * @param kind what it is a record of, such as {@code run}
   * @param newest the newest layout this version knows
   * @throws DamagedRecordException naming the file and the place in it that is no such record
   * @throws IOException when there is no file, or a newer version wrote it
   */
  static <R> R read(Path file, String kind, int newest, Class<R> type) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no " + file + ": its directory is no " + kind + ".", e);
    }
    try {
      JsonNode tree = MAPPER.readTree(bytes);
      JsonNode format = tree.path("format");
      if (!tree.isObject() || !format.isInt()) {
        throw new DamagedRecordException(
            file
                + " is not the record of a "
                + kind
                + ": it has no key \"format\". Give another "
                + kind
                + ", or remove the file if it does not belong there.");
      }
      if (format.intValue() > newest) {
        throw new IOException(
            file
                + " was written by a newer version: its format is "
                + format.intValue()
                + ", this version reads "
                + newest
                + ". Use the version that made the "
                + kind
                + ".");
      }
      return MAPPER.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new DamagedRecordException(
          file
              + " is damaged"
              + place(e)
              + ": "
              + e.getOriginalMessage()
              + ". The program writes it whole, so it was changed by other means: restore it from a"
              + " copy, or start a new "
              + kind
              + ".",
          e);
    }
  }

  private static String place(JsonProcessingException e) {
    if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
      StringBuilder keys = new StringBuilder();
      for (JsonMappingException.Reference step : mapping.getPath()) {
        if (step.getFieldName() != null) {
          keys.append(keys.isEmpty() ? "" : ".").append(step.getFieldName());
        } else {
          keys.append('[').append(step.getIndex()).append(']');
        }
      }
      return " at key \"" + keys + "\"";
    }
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }

  private static final class InstantDeserializer extends FromStringDeserializer<Instant> {

    private static final long serialVersionUID = 1L;

    InstantDeserializer() {
      super(Instant.class);
    }

    @Override
    protected Instant _deserialize(String text, DeserializationContext context) {
      return Instant.parse(text);
    }
  }
}
