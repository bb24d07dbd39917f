package org.fathom4j.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Steps down the gradient in one pass over memory: every number is read once and written once.
 *
 * <pre>
 *   u = f(g / N, state) + λp        f: {@link UpdateRule}, with the new state
 *   g := u                          p := p − u
 * </pre>
 *
 * <p>Reads and writes a parameter: 4 for plain gradient descent, 6 for Nesterov's method, 8 for
 * Adam; with one operation after the other it is 7, 9 and 11, and 3 more for decay. Parameters do
 * not meet each other, so the result does not depend on threads or vectors: the fast version has
 * the reference's bits. NaN and infinities pass through. Vectors may be longer than 2³¹ bytes.
 *
 * <pre>{@code
 * UpdateRange all = new UpdateRange(0, p.length(), 0, 0, new UpdateRule.Sgd(0.1), n, OptionalDouble.empty());
 * ParameterUpdate.fastest().apply(p, g, null, List.of(all));
 * }</pre>
 */
public final class ParameterUpdate {

  /** Numbers worth a thread: some 50 microseconds. */
  private static final long WORTH_A_THREAD = 1 << 16;

  private final ThreadTeam team; // null: the caller alone
  private final boolean vectors;
  private final long worthAThread;
  private final int windowBytes;

  /** For tests: a team of its own, small vectors on many threads, small windows. */
  ParameterUpdate(ThreadTeam team, boolean vectors, long worthAThread, int windowBytes) {
    this.team = team;
    this.vectors = vectors;
    this.worthAThread = worthAThread;
    this.windowBytes = windowBytes;
  }

  /** On the threads that the kernels share, in the vectors that this Java runtime offers. */
  public static ParameterUpdate fastest() {
    return new ParameterUpdate(FusedCpuKernel.team(), true, WORTH_A_THREAD, Windows.BYTES);
  }

  /** One number after the other, on the caller's thread. */
  public static ParameterUpdate reference() {
    return new ParameterUpdate(null, false, 1, Windows.BYTES);
  }

  /** Threads and vectors, in words. */
  public String describe() {
    int threads = team == null ? 1 : team.size();
    int bits = vectors ? VectorSupport.vectorBits() : 0;
    return threads
        + (threads == 1 ? " thread, " : " threads, ")
        + (bits == 0 ? "one number at a time" : "vectors of " + bits + " bits");
  }

  /**
   * Updates parameters, gradient and state.
   *
   * @param parameters p
   * @param gradient of the same length: sums over the minibatch; the updates afterwards
   * @param state what the rules remember, where the ranges say; null if no rule has a state
   * @param ranges in ascending order; parameters in none of them are left alone
   * @throws IllegalArgumentException if lengths, precisions or ranges do not fit together
   */
  public void apply(
      NativeVector parameters,
      NativeVector gradient,
      NativeVector state,
      List<UpdateRange> ranges) {
    requireAlike(parameters, gradient, state);
    long total = requireFit(parameters, state, ranges);
    Windows p = new Windows(parameters, windowBytes);
    Windows g = new Windows(gradient, windowBytes);
    Windows s = state == null ? null : new Windows(state, windowBytes);
    Precision precision = parameters.precision();
    UpdatePass pass = vectors ? UpdatePass.of(precision) : new ScalarUpdatePass(precision);
    int most = team == null ? 1 : team.size();
    int tasks = (int) Math.max(1, Math.min(most, total / worthAThread));
    if (tasks == 1) {
      update(pass, p, g, s, ranges, 0, total);
    } else {
      team.run(
          tasks,
          task ->
              update(
                  pass, p, g, s, ranges, share(total, task, tasks), share(total, task + 1, tasks)));
    }
    Reference.reachabilityFence(parameters);
    Reference.reachabilityFence(gradient);
    Reference.reachabilityFence(state);
  }

  private static long share(long total, int task, int tasks) {
    return total / tasks * task + Math.min(task, total % tasks);
  }

  /** The numbers from {@code begin} to {@code end}, counted through all ranges. */
  private static void update(
      UpdatePass pass,
      Windows p,
      Windows g,
      Windows s,
      List<UpdateRange> ranges,
      long begin,
      long end) {
    long before = 0; // numbers in the ranges that are behind
    for (UpdateRange range : ranges) {
      long i = Math.max(0, begin - before);
      long stop = Math.min(range.length(), end - before);
      while (i < stop) {
        i += chunk(pass, p, g, s, range, i, stop - i);
      }
      before += range.length();
      if (before >= end) {
        return;
      }
    }
  }

  /** As many numbers as lie in one window of everything; answers how many. */
  private static int chunk(
      UpdatePass pass, Windows p, Windows g, Windows s, UpdateRange range, long i, long most) {
    int states = range.rule().states();
    long at = range.from() + i;
    long first = range.firstState() + i;
    long second = range.secondState() + i;
    long count = Math.min(most, Math.min(p.room(at), g.room(at)));
    ByteBuffer firstBuffer = null;
    ByteBuffer secondBuffer = null;
    int firstAt = 0;
    int secondAt = 0;
    if (states > 0) {
      count = Math.min(count, s.room(first));
      firstBuffer = s.buffer(first);
      firstAt = s.offset(first);
    }
    if (states > 1) {
      count = Math.min(count, s.room(second));
      secondBuffer = s.buffer(second);
      secondAt = s.offset(second);
    }
    pass.apply(
        range,
        new UpdateChunk(
            p.buffer(at),
            p.offset(at),
            g.buffer(at),
            g.offset(at),
            firstBuffer,
            firstAt,
            secondBuffer,
            secondAt,
            (int) count));
    return (int) count;
  }

  private static void requireAlike(
      NativeVector parameters, NativeVector gradient, NativeVector state) {
    if (parameters.length() != gradient.length()) {
      throw new IllegalArgumentException(
          "The gradient of "
              + parameters.length()
              + " parameters has "
              + gradient.length()
              + " numbers; give one for each parameter.");
    }
    if (parameters.precision() != gradient.precision()
        || (state != null && parameters.precision() != state.precision())) {
      throw new IllegalArgumentException(
          String.format(
              "Parameters are stored as %s, the gradient as %s, the state as %s; store all alike.",
              parameters.precision(),
              gradient.precision(),
              state == null ? "nothing" : state.precision()));
    }
  }

  /** Raw memory is written: a range that lies elsewhere would be a crash, or worse. */
  private static long requireFit(
      NativeVector parameters, NativeVector state, List<UpdateRange> ranges) {
    long end = 0;
    long total = 0;
    long stateLength = state == null ? 0 : state.length();
    for (UpdateRange range : ranges) {
      if (range.from() < end || range.end() > parameters.length()) {
        throw new IllegalArgumentException(
            String.format(
                "Parameters %d to %d cannot be updated after those up to %d, of %d in all; give"
                    + " ranges in ascending order.",
                range.from(), range.end(), end, parameters.length()));
      }
      int states = range.rule().states();
      requireState(states > 0, range.firstState(), range, stateLength);
      requireState(states > 1, range.secondState(), range, stateLength);
      end = range.end();
      total += range.length();
    }
    return total;
  }

  private static void requireState(boolean has, long first, UpdateRange range, long stateLength) {
    if (has && (first < 0 || first > stateLength - range.length())) {
      throw new IllegalArgumentException(
          String.format(
              "%s keeps state for %d parameters from %d on, but the state has %d numbers.",
              range.rule(), range.length(), first, stateLength));
    }
  }
}
