package org.fathom4j.laboratory;

import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;

/** A descent whose every loss is told to somebody, from iteration 0 on. */
final class ObservedDescent implements Descent {

  /** Hears the loss of an iteration. */
  @FunctionalInterface
  interface Observer {
    void loss(long iteration, double loss);
  }

  private final Descent descent;
  private final Observer observer;
  private long iteration;

  ObservedDescent(Descent descent, Observer observer) {
    this.descent = descent;
    this.observer = observer;
    observer.loss(0, descent.loss());
  }

  @Override
  public double loss() {
    return descent.loss();
  }

  @Override
  public void step(double learningRate, double momentum) {
    descent.step(learningRate, momentum);
    iteration++;
    observer.loss(iteration, descent.loss());
  }

  @Override
  public double safeLearningRate() {
    return descent.safeLearningRate();
  }

  @Override
  public TrajectoryPoint point(long at) {
    return descent.point(at);
  }
}
