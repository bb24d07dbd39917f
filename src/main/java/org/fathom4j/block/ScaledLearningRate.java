package org.fathom4j.block;

import java.util.Objects;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A constant times the learning rate of an updater, schedule included.
 *
 * <p>Derived from a configuration whenever it is needed, never saved with a model.
 */
final class ScaledLearningRate implements ISchedule {

  private static final long serialVersionUID = 1L;

  private final IUpdater updater;
  private final double factor;

  private ScaledLearningRate(IUpdater updater, double factor) {
    this.updater = updater;
    this.factor = factor;
  }

  /** A copy of the updater whose learning rate is {@code factor} times as large. */
  static IUpdater of(IUpdater updater, double factor) {
    if (!updater.hasLearningRate()) {
      return updater;
    }
    IUpdater scaled = updater.clone();
    scaled.setLrAndSchedule(Double.NaN, new ScaledLearningRate(updater, factor));
    return scaled;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    return factor * updater.getLearningRate(iteration, epoch);
  }

  @Override
  public ISchedule clone() {
    return new ScaledLearningRate(updater.clone(), factor);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScaledLearningRate that
        && factor == that.factor
        && updater.equals(that.updater);
  }

  @Override
  public int hashCode() {
    return Objects.hash(updater, factor);
  }
}
