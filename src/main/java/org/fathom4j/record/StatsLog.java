package org.fathom4j.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes {@code stats.db}: what the training monitor sampled, one JSON object a line.
 *
 * <pre>
 *   {"kind":"start", …}                        once, and again after every --resume
 *   {"kind":"sample","iteration":120, …}       iterations ascend
 * </pre>
 *
 * <p>The file is bounded: when it holds {@value #MOST_SAMPLES} samples, every second one is
 * dropped. A run of any length keeps {@value #MOST_SAMPLES} / 2 or more, evenly spread over what
 * was sampled. Plain lines instead of a database: a killed process can spoil only the last, another
 * process may read while this one writes, and nothing in a file from elsewhere is executed. Not for
 * concurrent use.
 */
public final class StatsLog implements Closeable {

  /** A file never holds more samples. */
  public static final int MOST_SAMPLES = 1024;

  private static final String KIND = "kind";
  private static final String START = "start";
  private static final String SAMPLE = "sample";
  private static final String ITERATION = "iteration";

  /** A line of ours is some ten thousand characters long; a file from elsewhere may be anything. */
  private static final int LONGEST_LINE = 4 << 20;

  /** Read at a look; a file of ours is rarely longer. */
  private static final int MOST_BYTES = 4 * LONGEST_LINE;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(LONGEST_LINE).build())
                  .build())
          .build();

  private final Path path;
  private final int most;
  private RandomAccessFile file;
  private int samples;

  private StatsLog(Path path, int most, int samples) throws IOException {
    this.path = path;
    this.most = most;
    this.samples = samples;
    file = openAtEnd();
  }

  /**
   * Starts a file, or goes on with one.
   *
   * @param iteration the run goes on from here, 0 at its start: samples of later iterations are
   *     dropped, as are lines that nobody can read
   */
  public static StatsLog open(Path path, int iteration) throws IOException {
    return open(path, iteration, MOST_SAMPLES);
  }

  static StatsLog open(Path path, int iteration, int most) throws IOException {
    List<ObjectNode> kept = new ArrayList<>();
    int samples = 0;
    for (ObjectNode line : read(path)) {
      if (!isSample(line)) {
        kept.add(line);
      } else if (line.path(ITERATION).asInt() <= iteration && iteration > 0) {
        kept.add(line);
        samples++;
      }
    }
    write(path, kept);
    return new StatsLog(path, most, samples);
  }

  private RandomAccessFile openAtEnd() throws IOException {
    RandomAccessFile opened = new RandomAccessFile(path.toFile(), "rw");
    try {
      opened.seek(opened.length());
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** Says what is sampled: the network, the machine. */
  public void start(ObjectNode what) throws IOException {
    append(what.put(KIND, START));
  }

  /**
   * Adds a sample.
   *
   * @return whether the samples were thinned out to make room: from now on half as many are needed
   */
  public boolean sample(int iteration, ObjectNode what) throws IOException {
    boolean full = samples >= most;
    if (full) {
      thinOut();
    }
    append(what.put(KIND, SAMPLE).put(ITERATION, iteration));
    samples++;
    return full;
  }

  private void append(ObjectNode line) throws IOException {
    file.write(bytes(line));
  }

  private void thinOut() throws IOException {
    List<ObjectNode> kept = new ArrayList<>();
    int seen = 0;
    samples = 0;
    for (ObjectNode line : read(path)) {
      if (!isSample(line)) {
        kept.add(line);
      } else if (seen++ % 2 == 0) {
        kept.add(line);
        samples++;
      }
    }
    file.close();
    write(path, kept);
    file = openAtEnd();
  }

  private static void write(Path path, List<ObjectNode> lines) throws IOException {
    AtomicFile.write(
        path,
        out -> {
          for (ObjectNode line : lines) {
            out.write(bytes(line));
          }
        });
  }

  private static byte[] bytes(ObjectNode line) {
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Whether a line is a sample, and not the start of a run. */
  public static boolean isSample(JsonNode line) {
    return SAMPLE.equals(line.path(KIND).textValue());
  }

  /** Whether a line says what is sampled. */
  public static boolean isStart(JsonNode line) {
    return START.equals(line.path(KIND).textValue());
  }

  /** All lines that can be read; none if there is no file. */
  public static List<ObjectNode> read(Path path) throws IOException {
    Tail tail = new Tail(path);
    List<ObjectNode> lines = new ArrayList<>();
    do {
      lines.addAll(tail.next().lines());
    } while (tail.more);
    return lines;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /**
   * What was added since the last look.
   *
   * @param anew whether these lines replace all that were seen before: the file is another one now
   * @param lines in the file's order
   */
  public record News(boolean anew, List<ObjectNode> lines) {

    public News {
      lines = List.copyOf(lines);
    }
  }

  /** Follows a file that another thread or process writes. Not for concurrent use. */
  public static final class Tail {

    private final Path path;
    private Object identity;
    private long read;
    private boolean more;
    private boolean passingOver; // a line that is too long to be ours

    /** A reader that has seen nothing; there need not be a file yet. */
    public Tail(Path path) {
      this.path = path;
    }

    /**
     * Reads on, {@value #MOST_BYTES} bytes at most. What is no JSON object is passed over, as is a
     * link in the file's place; a last line without a newline waits for its end.
     *
     * @throws IOException if a file is there and cannot be read
     */
    public News next() throws IOException {
      Optional<BasicFileAttributes> attributes = RegularFile.attributes(path);
      if (attributes.isEmpty()) {
        return gone();
      }
      try (SeekableByteChannel in = RegularFile.open(path)) {
        // Its key tells a file from the one that takes its name when samples are thinned out.
        Object now = attributes.get().fileKey();
        boolean anew = read == 0 || in.size() < read || !Objects.equals(now, identity);
        identity = now;
        if (anew) {
          read = 0;
          passingOver = false;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(in.size() - read, MOST_BYTES));
        in.position(read);
        while (bytes.hasRemaining() && in.read(bytes) >= 0) {
          continue;
        }
        List<ObjectNode> lines = lines(bytes.array(), bytes.position());
        more = bytes.position() == MOST_BYTES;
        return new News(anew, lines);
      } catch (NoSuchFileException e) {
        return gone();
      }
    }

    private News gone() {
      boolean was = read > 0;
      read = 0;
      more = false;
      return new News(was, List.of());
    }

    private List<ObjectNode> lines(byte[] bytes, int length) {
      List<ObjectNode> lines = new ArrayList<>();
      int start = 0;
      for (int i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
          if (!passingOver && i - start <= LONGEST_LINE) {
            parse(new String(bytes, start, i - start, StandardCharsets.UTF_8))
                .ifPresent(lines::add);
          }
          passingOver = false;
          start = i + 1;
        }
      }
      if (passingOver || length - start > LONGEST_LINE) {
        passingOver = true;
        start = length;
      }
      read += start;
      return lines;
    }

    private static Optional<ObjectNode> parse(String line) {
      try {
        return MAPPER.readTree(line) instanceof ObjectNode object
            ? Optional.of(object)
            : Optional.empty();
      } catch (JsonProcessingException e) {
        return Optional.empty();
      }
    }
  }
}
