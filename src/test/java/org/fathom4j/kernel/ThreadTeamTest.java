package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ThreadTeamTest {

  @Test
  void every_task_runs_once_a_run_and_is_done_when_run_returns() {
    ThreadTeam team = new ThreadTeam(3);
    AtomicIntegerArray counts = new AtomicIntegerArray(3);
    for (int i = 1; i <= 5_000; i++) {
      team.run(3, counts::incrementAndGet);
      assertThat(counts.get(0) + counts.get(1) + counts.get(2)).isEqualTo(3 * i);
      if (i % 1000 == 0) {
        LockSupport.parkNanos(2_000_000); // long enough for the members to fall asleep
      }
    }
  }

  @Test
  void a_failure_of_any_task_reaches_the_caller_and_the_team_works_on() {
    ThreadTeam team = new ThreadTeam(2);
    assertThatThrownBy(
            () ->
                team.run(
                    2,
                    task -> {
                      if (task == 1) {
                        throw new IllegalStateException("task 1 broke");
                      }
                    }))
        .hasMessage("task 1 broke");
    AtomicIntegerArray counts = new AtomicIntegerArray(2);
    team.run(2, counts::incrementAndGet);
    assertThat(counts.get(1)).isEqualTo(1);
  }

  @Test
  void a_run_within_a_run_is_done_by_its_caller_alone() {
    ThreadTeam team = new ThreadTeam(2);
    AtomicIntegerArray counts = new AtomicIntegerArray(2);
    team.run(2, outer -> team.run(2, counts::incrementAndGet));
    assertThat(counts.get(0)).isEqualTo(2);
    assertThat(counts.get(1)).isEqualTo(2);
  }

  @Test
  void an_interrupted_caller_gets_its_result_and_keeps_the_interrupt() {
    ThreadTeam team = new ThreadTeam(2);
    AtomicIntegerArray counts = new AtomicIntegerArray(2);
    Thread.currentThread().interrupt();
    try {
      team.run(
          2,
          task -> {
            if (task == 1) {
              LockSupport.parkNanos(5_000_000);
            }
            counts.incrementAndGet(task);
          });
      assertThat(counts.get(1)).isEqualTo(1);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void more_tasks_than_threads_are_refused() {
    assertThatThrownBy(() -> new ThreadTeam(2).run(3, task -> {}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
