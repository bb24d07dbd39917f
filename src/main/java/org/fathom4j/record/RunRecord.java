package org.fathom4j.record;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The content of {@code run.json}: what was asked for, what it ran on, what came out.
 *
 * <p>Written before the work with status {@code incomplete} and replaced whole, atomically, when
 * something changes; whoever reads it sees one state or the next. Components are the file's keys,
 * in this order; a null component is a key that is not there. {@code NaN} and infinities, which a
 * diverged run ends with, are the strings {@code "NaN"}, {@code "Infinity"} and {@code
 * "-Infinity"}.
 *
 * @param format version of this layout, {@link #FORMAT}
 * @param name the run directory's name
 * @param status how the run stands
 * @param why why it stopped, in a sentence; null until it did
 * @param divergence where and why it diverged; null unless {@link RunStatus#DIVERGED}
 * @param commandLine the words after {@code fathom}, argument files expanded
 * @param specification everything that decides the run, as the trainer writes and reads it
 * @param data what it trains and tests on
 * @param seeds every seed by its use
 * @param kernel the kernel that was chosen when the run began
 * @param threads threads that compute
 * @param parameters trainable numbers of the network
 * @param timing when and how fast
 * @param best the measurement the run is remembered by; null until there is one
 * @param last the newest measurement, key {@code final}; null until there is one
 * @param provenance program, machine and libraries
 * @param references papers and pages the run follows
 * @param resumptions every time it was taken up again
 */
public record RunRecord(
    int format,
    String name,
    RunStatus status,
    String why,
    Divergence divergence,
    List<String> commandLine,
    JsonNode specification,
    Data data,
    Map<String, Long> seeds,
    Kernel kernel,
    int threads,
    long parameters,
    Timing timing,
    Measurement best,
    @JsonProperty("final") Measurement last,
    Provenance provenance,
    List<String> references,
    List<Resumption> resumptions) {

  /** The layout this version writes and reads. */
  public static final int FORMAT = 1;

  /**
   * The data of a run.
   *
   * @param name such as {@code fashion-mnist-1k}
   * @param source where it was read from
   * @param sha256 hash of each decompressed file by its name, hexadecimal
   * @param samples examples by split
   */
  public record Data(
      String name, String source, Map<String, String> sha256, Map<String, Integer> samples) {

    public Data {
      require("data.name", name);
      require("data.source", source);
      sha256 = copy("data.sha256", sha256);
      samples = copy("data.samples", samples);
    }
  }

  /**
   * The implementation of the stack that ran.
   *
   * @param name such as {@code reference}
   * @param reason why this one was chosen
   * @param memoryPlan what it keeps of the activations, such as {@code keep-all}: decides the last
   *     bits, as the name does; null in records of versions that did not write it
   * @param activationBytes native memory that takes; null in the same records
   */
  public record Kernel(String name, String reason, String memoryPlan, Long activationBytes) {

    public Kernel {
      require("kernel.name", name);
      require("kernel.reason", reason);
    }
  }

  /**
   * When and how fast.
   *
   * @param started first start of the run
   * @param ended when it stopped; null while it runs
   * @param seconds at work, summed over resumptions
   * @param secondsPerIteration typical time of one update; null before the first
   */
  public record Timing(Instant started, Instant ended, double seconds, Double secondsPerIteration) {

    public Timing {
      require("timing.started", started);
      if (!(seconds >= 0)) {
        throw new IllegalArgumentException("timing.seconds is negative or NaN: " + seconds);
      }
    }

    /** A run that starts now. */
    public static Timing startingAt(Instant started) {
      return new Timing(started, null, 0, null);
    }
  }

  /**
   * Where and why numbers stopped being finite.
   *
   * @param iteration the update that could not be made, counted from 1
   * @param where the pass in which it showed: {@code forward}, {@code loss} or {@code backward}
   * @param layer first layer concerned in the direction of that pass; 0 is z_0
   * @param cause {@code overflow}, {@code underflow} or {@code nan}
   */
  public record Divergence(int iteration, String where, int layer, String cause) {

    public Divergence {
      require("divergence.where", where);
      require("divergence.cause", cause);
    }
  }

  /**
   * One time the run was taken up again.
   *
   * @param at when
   * @param iteration updates already made, as the checkpoint had it
   * @param commandLine the words after {@code fathom} that did it
   * @param kernel what it went on with; null in records of versions that did not write it
   */
  public record Resumption(Instant at, int iteration, List<String> commandLine, Kernel kernel) {

    public Resumption {
      require("resumptions.at", at);
      commandLine = List.copyOf(require("resumptions.commandLine", commandLine));
    }
  }

  public RunRecord {
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "run record format is " + format + ", but this version reads " + FORMAT);
    }
    require("name", name);
    require("status", status);
    if ((status == RunStatus.DIVERGED) != (divergence != null)) {
      throw new IllegalArgumentException(
          "divergence belongs to a diverged run and to no other, but status is "
              + status.word()
              + " and divergence is "
              + divergence);
    }
    commandLine = List.copyOf(require("commandLine", commandLine));
    require("specification", specification);
    require("data", data);
    seeds = copy("seeds", seeds);
    require("kernel", kernel);
    require("timing", timing);
    require("provenance", provenance);
    references = List.copyOf(require("references", references));
    resumptions = List.copyOf(require("resumptions", resumptions));
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads);
    }
    if (parameters < 0) {
      throw new IllegalArgumentException("parameters is negative: " + parameters);
    }
  }

  /** The kernel that computed last: of the newest resumption that names one, or of the start. */
  public Kernel kernelInUse() {
    return resumptions.stream()
        .map(Resumption::kernel)
        .filter(Objects::nonNull)
        .reduce(kernel, (older, newer) -> newer);
  }

  /** A run about to start: incomplete, nothing measured. */
  public static RunRecord starting(
      String name,
      List<String> commandLine,
      JsonNode specification,
      Data data,
      Map<String, Long> seeds,
      Kernel kernel,
      int threads,
      long parameters,
      Instant started,
      Provenance provenance,
      List<String> references) {
    return new RunRecord(
        FORMAT,
        name,
        RunStatus.INCOMPLETE,
        null,
        null,
        commandLine,
        specification,
        data,
        seeds,
        kernel,
        threads,
        parameters,
        Timing.startingAt(started),
        null,
        null,
        provenance,
        references,
        List.of());
  }

  /** The run goes on and has measured something; either measurement may still be null. */
  public RunRecord progressed(Timing newTiming, Measurement newBest, Measurement newLast) {
    return with(RunStatus.INCOMPLETE, null, null, newTiming, newBest, newLast, resumptions);
  }

  /**
   * The run stopped in another way than by diverging.
   *
   * @param newStatus done, failed or interrupted
   * @param reason why, in a sentence
   */
  public RunRecord ended(
      RunStatus newStatus,
      String reason,
      Timing newTiming,
      Measurement newBest,
      Measurement newLast) {
    if (newStatus == RunStatus.INCOMPLETE) {
      throw new IllegalArgumentException("A run that ended cannot be incomplete.");
    }
    require("why", reason);
    return with(newStatus, reason, null, newTiming, newBest, newLast, resumptions);
  }

  /** The run stopped because numbers stopped being finite. */
  public RunRecord diverged(
      Divergence newDivergence,
      String reason,
      Timing newTiming,
      Measurement newBest,
      Measurement newLast) {
    require("why", reason);
    return with(
        RunStatus.DIVERGED, reason, newDivergence, newTiming, newBest, newLast, resumptions);
  }

  /** The run is taken up again: incomplete, with the resumption added to its history. */
  public RunRecord resumed(Resumption resumption) {
    List<Resumption> all = new ArrayList<>(resumptions);
    all.add(resumption);
    Timing running =
        new Timing(timing.started(), null, timing.seconds(), timing.secondsPerIteration());
    return with(RunStatus.INCOMPLETE, null, null, running, best, last, all);
  }

  private RunRecord with(
      RunStatus newStatus,
      String newWhy,
      Divergence newDivergence,
      Timing newTiming,
      Measurement newBest,
      Measurement newLast,
      List<Resumption> newResumptions) {
    return new RunRecord(
        format,
        name,
        newStatus,
        newWhy,
        newDivergence,
        commandLine,
        specification,
        data,
        seeds,
        kernel,
        threads,
        parameters,
        newTiming,
        newBest,
        newLast,
        provenance,
        references,
        newResumptions);
  }

  /** Writes or replaces the file atomically. */
  public void write(Path runJson) throws IOException {
    byte[] bytes = RecordJson.pretty(this);
    AtomicFile.write(runJson, out -> out.write(bytes));
  }

  /**
   * Reads a record back.
   *
   * @throws DamagedRecordException naming the file and what is wrong with it
   * @throws IOException when there is none, or a newer version wrote it
   */
  public static RunRecord read(Path runJson) throws IOException {
    return RecordJson.read(runJson, "run", FORMAT, RunRecord.class);
  }

  private static <T> T require(String key, T value) {
    return Objects.requireNonNull(value, () -> "A run record needs " + key + ".");
  }

  private static <V> Map<String, V> copy(String key, Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(require(key, map)));
  }
}
