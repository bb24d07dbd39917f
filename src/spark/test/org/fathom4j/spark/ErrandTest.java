package org.fathom4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.junit.jupiter.api.Test;

class ErrandTest {

  @Test
  void what_went_wrong_on_a_worker_is_told_in_its_own_words() {
    assertThat(Errand.words(new IOException("There is no such file."))).isEqualTo("There is no such file.");
    assertThat(Errand.words(new CudaException("The GPU is lost. Look at nvidia-smi.")))
        .isEqualTo("The GPU is lost. Look at nvidia-smi.");
    assertThat(Errand.words(new InsufficientMemoryException("They do not fit. Reduce --depth.")))
        .isEqualTo("They do not fit. Reduce --depth.");
  }

  @Test
  void an_error_that_nobody_foresaw_is_named() {
    assertThat(Errand.words(new ArithmeticException("/ by zero")))
        .isEqualTo("java.lang.ArithmeticException: / by zero");
  }
}
