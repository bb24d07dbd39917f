package org.fathom4j.network;

import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** A {@link Schedule} as the framework's updaters understand it; saved with the model. */
public final class LearningRateSchedule implements ISchedule {

  private static final long serialVersionUID = 1L;

  private final double learningRate;
  private final String schedule;
  private final int iterations;
  private transient Schedule parsed; // of the text; read once, not at every update

  /**
   * The rate of a run.
   *
   * @param learningRate η
   * @param schedule text of a {@link Schedule}
   * @param iterations length of the run
   */
  public LearningRateSchedule(
      @JsonProperty("learningRate") double learningRate,
      @JsonProperty("schedule") String schedule,
      @JsonProperty("iterations") int iterations) {
    this.learningRate = learningRate;
    this.schedule = Schedule.parse(schedule).toString();
    this.iterations = iterations;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    if (parsed == null) {
      parsed = Schedule.parse(schedule);
    }
    return learningRate * parsed.factor(iteration, iterations);
  }

  @JsonProperty("learningRate")
  public double getLearningRate() {
    return learningRate;
  }

  @JsonProperty("schedule")
  public String getSchedule() {
    return schedule;
  }

  @JsonProperty("iterations")
  public int getIterations() {
    return iterations;
  }

  @Override
  public ISchedule clone() {
    return new LearningRateSchedule(learningRate, schedule, iterations);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LearningRateSchedule that
        && learningRate == that.learningRate
        && iterations == that.iterations
        && schedule.equals(that.schedule);
  }

  @Override
  public int hashCode() {
    return Objects.hash(learningRate, schedule, iterations);
  }
}
