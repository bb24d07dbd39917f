package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.fathom4j.kernel.StackCase.Result;
import org.junit.jupiter.api.RepeatedTest;

/** One GPU for the threads of a process, as for tasks of Spark that share one. */
@EmulatedGpu
class CudaThreadsTest {

  private static final int THREADS = 4;

  private static StackCase stack(int thread) {
    return StackCase.random(
        new StackShape(
            BlockKind.NONLINEAR,
            BranchForm.PLAIN,
            7 + thread,
            9,
            5,
            thread % 2 == 0 ? Activation.RELU : Activation.TANH,
            Precision.FLOAT),
        11);
  }

  private static Result compute(int thread) {
    return RawKernelContract.compute(new CudaKernel(), stack(thread));
  }

  /** Each time the kernels are loaded anew, by whichever thread comes first. */
  @RepeatedTest(5)
  void threads_that_compute_at_the_same_time_get_what_they_get_one_after_the_other()
      throws Exception {
    CudaEmulation.reset();
    CudaContext.get();
    CountDownLatch start = new CountDownLatch(THREADS);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    List<Future<Result>> together = new ArrayList<>();
    try {
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        together.add(
            pool.submit(
                () -> {
                  start.countDown();
                  start.await();
                  return compute(thread);
                }));
      }
      for (int i = 0; i < THREADS; i++) {
        Result found = together.get(i).get();
        Result alone = compute(i);
        assertThat(found.output()).isEqualTo(alone.output());
        assertThat(found.innerGradient()).isEqualTo(alone.innerGradient());
        assertThat(found.outerGradient()).isEqualTo(alone.outerGradient());
        assertThat(found.inputGradient()).isEqualTo(alone.inputGradient());
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
