package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaBindingTest {

  @Test
  void the_driver_s_library_has_its_name_on_each_system() throws CudaDriver.Missing {
    assertThat(CudaBinding.driverLibrary("Linux", "amd64")).isEqualTo("libcuda.so.1");
    assertThat(CudaBinding.driverLibrary("Windows 11", "amd64")).isEqualTo("nvcuda.dll");
  }

  @ParameterizedTest
  @CsvSource({
    "Mac OS X,aarch64",
    "Mac OS X,x86_64",
    "Linux,aarch64",
    "Windows 11,aarch64",
    "'',''"
  })
  void a_platform_without_a_binding_is_named(String system, String architecture) {
    assertThatThrownBy(() -> CudaBinding.driverLibrary(system, architecture))
        .isInstanceOf(CudaDriver.Missing.class)
        .hasMessage(
            "GPUs are reached on Linux and Windows on x86-64 only, but this is %s on %s. Compute on"
                + " the processor here: leave --kernel out.",
            system, architecture);
  }

  @Test
  void a_library_that_is_not_there_is_a_driver_that_is_not_there() {
    assertThat(
            CudaBinding.noDriver(
                "libcuda.so.1",
                new UnsatisfiedLinkError(
                    "libcuda.so.1: cannot open shared object file: No such file or directory")))
        .hasMessageStartingWith("No NVIDIA driver: its library libcuda.so.1 is not here.")
        .hasMessageContaining("driver 520 or newer");
  }

  @Test
  void a_library_that_is_there_and_does_not_load_is_not_called_absent() {
    assertThat(
            CudaBinding.noDriver(
                "libcuda.so.1",
                new UnsatisfiedLinkError("libcuda.so.1: file too short\n\tat a trace")))
        .hasMessage(
            "The library of the NVIDIA driver cannot be loaded (libcuda.so.1: file too short)."
                + " Install driver 520 or newer anew.");
  }

  @Test
  void asking_leaves_the_directory_of_temporary_files_as_it_was() {
    String before = System.getProperty("java.io.tmpdir");
    try {
      CudaBinding.open();
    } catch (CudaDriver.Missing e) {
      assertThat(e).hasMessageEndingWith(".");
    }
    assertThat(System.getProperty("java.io.tmpdir")).isEqualTo(before);
  }
}
