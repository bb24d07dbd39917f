package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.fathom4j.kernel.CudaEmulation.Count;
import org.fathom4j.kernel.CudaEmulation.Fault;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The emulated GPU computes what a GPU would, and says where a GPU would go wrong; its kernels are
 * {@code src/test/cuda/emulated.cu}.
 */
@EmulatedGpu
class CudaEmulationTest {

  private static final int OK = CUresult.CUDA_SUCCESS;

  private CUmodule module;

  @BeforeEach
  void open() {
    CudaEmulation.devices(
        new CudaDevice(0, "Emulated GPU", 9, 0, 4, 256L << 20, 200L << 20));
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(OK);
    CUcontext context = new CUcontext();
    assertThat(JCudaDriver.cuDevicePrimaryCtxRetain(context, device())).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSetCurrent(context)).isEqualTo(OK);
    module = new CUmodule();
    String ptx =
        CudaEmulation.ptx(
            "7.8",
            "sm_75",
            "doubled",
            "reversedInBlocks",
            "reversedWithoutBarrier",
            "reversedInWarps",
            "summed",
            "shuffled",
            "barrierOfSome",
            "barrierAndShuffle",
            "turns",
            "writesAt",
            "readsAt",
            "writesSharedAt",
            "readsWhatAnotherBlockWrites",
            "loadsFour",
            "overflows",
            "where",
            "nobodyWroteIt");
    assertThat(load(ptx)).isEqualTo(OK);
  }

  @Test
  void every_thread_of_a_grid_does_its_share() {
    CUdeviceptr numbers = upload(1, 2, 3, 4, 5, 6, 7);
    assertThat(launch("doubled", 3, 3, 0, address(numbers), 0, 7)).isEqualTo(OK);
    assertThat(download(numbers, 7)).containsExactly(2, 4, 6, 8, 10, 12, 14);
  }

  @Test
  void blocks_and_threads_know_where_they_are_in_three_dimensions() {
    CUdeviceptr places = allocate(4L * 2 * 3 * 5 * 4 * 3 * 2);
    long[] work = {address(places), 0, 0};
    int result =
        JCudaDriver.cuLaunchKernel(
            function("where"), 2, 3, 5, 4, 3, 2, 0, null, Pointer.to(Pointer.to(work)), null);
    assertThat(result).isEqualTo(OK);
    float[] found = download(places, 2 * 3 * 5 * 24);
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isEqualTo(1000 * (i / 24) + i % 24);
    }
  }

  @Test
  void threads_exchange_numbers_through_shared_memory_at_a_barrier() {
    CUdeviceptr numbers = upload(floats(2 * 256));
    assertThat(launch("reversedInBlocks", 2, 256, 1024, address(numbers), 0, 0)).isEqualTo(OK);
    float[] reversed = download(numbers, 512);
    for (int i = 0; i < 512; i++) {
      assertThat(reversed[i]).isEqualTo(i / 256 * 256 + 255 - i % 256);
    }
  }

  @Test
  void lanes_exchange_numbers_through_shared_memory_when_their_warp_waits() {
    CUdeviceptr numbers = upload(floats(64));
    assertThat(launch("reversedInWarps", 1, 64, 256, address(numbers), 0, 0)).isEqualTo(OK);
    assertThat(download(numbers, 64)[33]).isEqualTo(62);
  }

  @Test
  void shuffles_and_barriers_add_up_a_block() {
    CUdeviceptr numbers = upload(floats(600));
    CUdeviceptr sums = allocate(3 * 8);
    assertThat(launch("summed", 3, 256, 64, address(numbers), address(sums), 600)).isEqualTo(OK);
    double[] found = new double[3];
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(found), sums, 24)).isEqualTo(OK);
    assertThat(found).containsExactly(255 * 128, 256 * 256 + 255 * 128, 88 * 512 + 87 * 44);
  }

  @Test
  void shuffles_take_from_the_lane_that_cuda_says() {
    CUdeviceptr found = allocate(4 * 128);
    assertThat(launch("shuffled", 1, 32, 0, address(found), 0, 0)).isEqualTo(OK);
    float[] lanes = download(found, 128);
    for (int lane = 0; lane < 32; lane++) {
      assertThat(lanes[lane]).as("down 3").isEqualTo(lane < 29 ? lane + 3 : lane);
      assertThat(lanes[32 + lane]).as("up 3").isEqualTo(lane < 3 ? lane : lane - 3);
      assertThat(lanes[64 + lane]).as("2 of eight").isEqualTo(lane / 8 * 8 + 2);
      assertThat(lanes[96 + lane]).as("ballot").isEqualTo(0x20002);
    }
  }

  @Test
  void a_missing_barrier_is_found() {
    CUdeviceptr numbers = upload(floats(64));
    assertThat(launch("reversedWithoutBarrier", 1, 64, 256, address(numbers), 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    assertThat(CudaEmulation.trouble())
        .contains("kernel reversedWithoutBarrier", "of shared memory, which thread (")
        .contains("in the same stretch between barriers");
  }

  @Test
  void a_barrier_that_some_threads_never_reach_is_an_error_and_no_hang() {
    CUdeviceptr numbers = upload(floats(64));
    assertThat(launch("barrierOfSome", 1, 64, 0, address(numbers), 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    assertThat(CudaEmulation.trouble())
        .isEqualTo(
            "kernel barrierOfSome, block (0, 0, 0): thread (0, 0, 0) waits at __syncthreads(),"
                + " but thread (10, 0, 0) has ended");
  }

  @Test
  void lanes_that_wait_for_one_elsewhere_are_an_error_and_no_hang() {
    CUdeviceptr numbers = upload(floats(64));
    assertThat(launch("barrierAndShuffle", 1, 64, 0, address(numbers), 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    assertThat(CudaEmulation.trouble())
        .contains("waits in an exchange between lanes, but thread (5, 0, 0) waits at __syncthr");
  }

  @Test
  void blocks_take_their_turns_in_another_order_each_launch() {
    CUdeviceptr numbers = upload(new float[21]);
    assertThat(launch("turns", 20, 1, 0, address(numbers), 0, 0)).isEqualTo(OK);
    float[] first = Arrays.copyOfRange(download(numbers, 21), 1, 21);
    CUdeviceptr again = upload(new float[21]);
    assertThat(launch("turns", 20, 1, 0, address(again), 0, 0)).isEqualTo(OK);
    float[] second = Arrays.copyOfRange(download(again, 21), 1, 21);
    assertThat(second).isNotEqualTo(first);
    Arrays.sort(first);
    assertThat(first).isEqualTo(floats(20));
  }

  @Test
  void blocks_that_read_what_others_write_are_an_error() {
    CUdeviceptr numbers = upload(floats(8));
    assertThat(launch("readsWhatAnotherBlockWrites", 8, 1, 0, address(numbers), 0, 0))
        .isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    assertThat(CudaEmulation.trouble()).contains("which another block", "in the same launch");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 5, 6, 64, 1 << 20, -(1 << 20)})
  void writing_outside_an_allocation_is_an_error(long index) {
    CUdeviceptr numbers = upload(floats(5));
    assertThat(launch("writesAt", 1, 1, 0, address(numbers), 0, index)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(CudaEmulation.trouble())
        .contains("writes 4 bytes", "byte " + 4 * index + " of an allocation of 20 bytes");
  }

  @Test
  void so_is_reading() {
    CUdeviceptr numbers = upload(floats(5));
    CUdeviceptr sum = allocate(8);
    assertThat(launch("readsAt", 1, 1, 0, address(numbers), address(sum), 5)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(CudaEmulation.trouble()).contains("reads 4 bytes at");
  }

  @Test
  void so_is_memory_of_the_processor_or_none_at_all() {
    NativeVector host = NativeVector.allocate(Precision.FLOAT, 5);
    assertThat(launch("writesAt", 1, 1, 0, host.address(), 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(CudaEmulation.trouble()).contains("far from every allocation");
    host.release();
    open();
    assertThat(launch("writesAt", 1, 1, 0, 0, 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isNotEqualTo(OK);
    assertThat(CudaEmulation.trouble()).isNotEmpty();
  }

  @Test
  void memory_that_was_given_back_is_outside() {
    CUdeviceptr numbers = upload(floats(5));
    long address = address(numbers);
    assertThat(JCudaDriver.cuMemFree(numbers)).isEqualTo(OK);
    assertThat(launch("writesAt", 1, 1, 0, address, 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(CudaEmulation.trouble()).contains("far from every allocation");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 5, 100_000})
  void writing_outside_shared_memory_is_an_error(long index) {
    assertThat(launch("writesSharedAt", 1, 1, 20, 0, 0, index)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(CudaEmulation.trouble()).contains("kernel writesSharedAt");
  }

  @Test
  void a_vector_of_four_must_be_aligned() {
    CUdeviceptr numbers = upload(floats(9));
    CUdeviceptr sum = allocate(8);
    assertThat(launch("loadsFour", 1, 1, 0, address(numbers), address(sum), 4)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(OK);
    assertThat(launch("loadsFour", 1, 1, 0, address(numbers), address(sum), 3)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_MISALIGNED_ADDRESS);
    assertThat(CudaEmulation.trouble()).contains("misaligned", "emulated.cu:");
  }

  @Test
  void an_index_that_overflows_is_an_error() {
    CUdeviceptr product = allocate(8);
    assertThat(launch("overflows", 1, 1, 0, 0, address(product), 50_000)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION);
    assertThat(CudaEmulation.trouble()).contains("overflows an integer", "emulated.cu:");
  }

  @Test
  void an_error_in_a_kernel_spoils_its_context_for_good() {
    CUfunction doubled = function("doubled");
    assertThat(launch("writesAt", 1, 1, 0, 0, 0, 0)).isEqualTo(OK);
    float[] one = new float[1];
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(one), new CUdeviceptr(), 4)).isNotEqualTo(OK);
    CUdeviceptr more = new CUdeviceptr();
    int expected = JCudaDriver.cuCtxSynchronize();
    assertThat(expected).isEqualTo(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS);
    assertThat(JCudaDriver.cuMemAlloc(more, 4)).isEqualTo(expected);
    assertThat(launch(doubled, 1, 1, 0, null, 0, 0, 0)).isEqualTo(expected);
    assertThat(CudaEmulation.trouble()).isNotEmpty();
  }

  @Test
  void fresh_memory_is_no_number() {
    for (float number : download(allocate(400), 100)) {
      assertThat(number).isNaN();
    }
  }

  @Test
  void copies_outside_an_allocation_are_refused() {
    CUdeviceptr numbers = upload(floats(5));
    float[] six = new float[6];
    int invalid = CUresult.CUDA_ERROR_INVALID_VALUE;
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(six), numbers, 24)).isEqualTo(invalid);
    assertThat(JCudaDriver.cuMemcpyHtoD(numbers, Pointer.to(six), 24)).isEqualTo(invalid);
    assertThat(JCudaDriver.cuMemcpyDtoD(numbers, numbers.withByteOffset(4), 20)).isEqualTo(invalid);
    assertThat(JCudaDriver.cuMemsetD8(numbers.withByteOffset(-1), (byte) 0, 1)).isEqualTo(invalid);
    assertThat(JCudaDriver.cuMemsetD8(numbers, (byte) 0, 20)).isEqualTo(OK);
    assertThat(download(numbers, 5)).containsOnly(0);
    assertThat(CudaEmulation.trouble().lines()).hasSize(4);
  }

  @Test
  void memory_is_given_back_once_and_by_its_own_address() {
    CUdeviceptr numbers = allocate(1 << 20);
    assertThat(CudaEmulation.bytesInUse()).isEqualTo(1 << 20);
    int invalid = CUresult.CUDA_ERROR_INVALID_VALUE;
    assertThat(JCudaDriver.cuMemFree(numbers.withByteOffset(256))).isEqualTo(invalid);
    assertThat(JCudaDriver.cuMemFree(numbers)).isEqualTo(OK);
    assertThat(CudaEmulation.bytesInUse()).isZero();
    assertThat(JCudaDriver.cuMemFree(numbers)).isEqualTo(invalid);
    assertThat(CudaEmulation.trouble().lines()).hasSize(2);
  }

  @Test
  void memory_runs_out_where_the_device_ends_or_others_have_it() {
    long[] free = new long[1];
    long[] total = new long[1];
    allocate(100L << 20);
    assertThat(JCudaDriver.cuMemGetInfo(free, total)).isEqualTo(OK);
    assertThat(free[0]).isEqualTo(100L << 20);
    assertThat(total[0]).isEqualTo(256L << 20);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), free[0] + 1))
        .isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
    allocate(free[0]);
  }

  @Test
  void launches_beyond_a_limit_are_refused() {
    int invalid = CUresult.CUDA_ERROR_INVALID_VALUE;
    assertThat(launch("doubled", 1, 257, 0, 0, 0, 0)).as("launch bounds").isEqualTo(invalid);
    assertThat(launch("doubled", 1, 0, 0, 0, 0, 0)).isEqualTo(invalid);
    assertThat(launch("doubled", 0, 1, 0, 0, 0, 0)).isEqualTo(invalid);
    int more = 48 * 1024 + 16;
    assertThat(launch("doubled", 1, 1, more, 0, 0, 0)).isEqualTo(invalid);
    CUfunction function = function("doubled");
    int shared = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    assertThat(JCudaDriver.cuFuncSetAttribute(function, shared, 227 * 1024 + 1)).isEqualTo(invalid);
    assertThat(JCudaDriver.cuFuncSetAttribute(function, shared, 227 * 1024)).isEqualTo(OK);
    assertThat(launch(function, 1, 1, more, null, 0, 0, 0)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(OK);
  }

  @Test
  void what_a_stream_is_given_runs_when_somebody_waits_for_it() {
    CUdeviceptr numbers = upload(1, 2, 3);
    Pointer pinned = new Pointer();
    assertThat(JCudaDriver.cuMemAllocHost(pinned, 12)).isEqualTo(OK);
    CUstream stream = new CUstream();
    assertThat(JCudaDriver.cuStreamCreate(stream, 0)).isEqualTo(OK);
    CUevent event = new CUevent();
    assertThat(JCudaDriver.cuEventCreate(event, 0)).isEqualTo(OK);
    assertThat(launch(function("doubled"), 1, 3, 0, stream, address(numbers), 0, 3)).isEqualTo(OK);
    assertThat(JCudaDriver.cuMemcpyDtoHAsync(pinned, numbers, 12, stream)).isEqualTo(OK);
    assertThat(JCudaDriver.cuEventRecord(event, stream)).isEqualTo(OK);
    float[] early = new float[3];
    pinned.getByteBuffer(0, 12).order(java.nio.ByteOrder.nativeOrder()).asFloatBuffer().get(early);
    assertThat(early).containsOnly(Float.NaN);
    assertThat(JCudaDriver.cuEventSynchronize(event)).isEqualTo(OK);
    float[] late = new float[3];
    pinned.getByteBuffer(0, 12).order(java.nio.ByteOrder.nativeOrder()).asFloatBuffer().get(late);
    assertThat(late).containsExactly(2, 4, 6);
    assertThat(CudaEmulation.count(Count.SYNCHRONIZATIONS)).isEqualTo(1);
    assertThat(CudaEmulation.count(Count.LAUNCHES)).isEqualTo(1);
    assertThat(CudaEmulation.count(Count.BYTES_TO_DEVICE)).isEqualTo(12);
    assertThat(CudaEmulation.count(Count.BYTES_TO_HOST)).isEqualTo(12);
  }

  @Test
  void only_ptx_that_the_driver_and_the_device_know_is_loaded() {
    CudaEmulation.driverVersion(11080);
    assertThat(load(CudaEmulation.ptx("7.8", "sm_90", "doubled"))).isEqualTo(OK);
    assertThat(load(CudaEmulation.ptx("8.0", "sm_75", "doubled")))
        .isEqualTo(CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
    assertThat(load(CudaEmulation.ptx("7.8", "sm_100", "doubled")))
        .isEqualTo(CUresult.CUDA_ERROR_INVALID_PTX);
    assertThat(load("void main() {}")).isEqualTo(CUresult.CUDA_ERROR_INVALID_PTX);
    String good = CudaEmulation.ptx("7.8", "sm_75", "doubled");
    assertThat(load(good + "\n}\u0001")).isEqualTo(CUresult.CUDA_ERROR_INVALID_PTX);
    assertThat(CudaEmulation.trouble().lines()).hasSize(2);
  }

  @Test
  void a_kernel_must_be_in_the_ptx_and_in_the_sources() {
    int missing = CUresult.CUDA_ERROR_NOT_FOUND;
    assertThat(JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "halved"))
        .isEqualTo(missing);
    assertThat(JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "nobodyWroteIt"))
        .isEqualTo(missing);
    assertThat(CudaEmulation.trouble())
        .isEqualTo("No kernel file defines nobodyWroteIt, which the PTX has.");
  }

  @Test
  void a_device_can_be_lost_at_a_launch_copy_or_wait() {
    CUdeviceptr numbers = upload(floats(5));
    CudaEmulation.fail(Fault.DEVICE_LOST, 3);
    assertThat(launch("doubled", 1, 5, 0, address(numbers), 0, 5)).isEqualTo(OK);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(OK);
    int lost = CUresult.CUDA_ERROR_LAUNCH_FAILED;
    assertThat(launch("doubled", 1, 5, 0, address(numbers), 0, 5)).isEqualTo(lost);
    assertThat(JCudaDriver.cuMemFree(numbers)).isEqualTo(lost);
  }

  @Test
  void an_allocation_can_fail_whatever_is_free() {
    CudaEmulation.fail(Fault.OUT_OF_MEMORY, 2);
    allocate(4);
    assertThat(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4))
        .isEqualTo(CUresult.CUDA_ERROR_OUT_OF_MEMORY);
  }

  @Test
  void there_can_be_no_device_or_one_that_is_busy() {
    CudaEmulation.devices();
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(CUresult.CUDA_ERROR_NO_DEVICE);
    CudaEmulation.devices(
        new CudaDevice(0, "Old", 6, 1, 8, 1L << 30, 1L << 30),
        new CudaDevice(1, "New", 8, 6, 8, 1L << 30, 1L << 30));
    assertThat(JCudaDriver.cuInit(0)).isEqualTo(OK);
    int[] count = new int[1];
    assertThat(JCudaDriver.cuDeviceGetCount(count)).isEqualTo(OK);
    assertThat(count[0]).isEqualTo(2);
    byte[] name = new byte[10];
    CUdevice second = new CUdevice();
    assertThat(JCudaDriver.cuDeviceGet(second, 1)).isEqualTo(OK);
    assertThat(JCudaDriver.cuDeviceGetName(name, 10, second)).isEqualTo(OK);
    assertThat(new String(name, StandardCharsets.UTF_8)).startsWith("New\0");
    CudaEmulation.fail(Fault.DEVICE_BUSY, 1);
    assertThat(JCudaDriver.cuDevicePrimaryCtxRetain(new CUcontext(), second)).isEqualTo(46);
  }

  @Test
  void a_lost_context_leaves_a_new_one_whole() {
    CudaEmulation.fail(Fault.DEVICE_LOST, 1);
    assertThat(JCudaDriver.cuCtxSynchronize()).isEqualTo(CUresult.CUDA_ERROR_LAUNCH_FAILED);
    open();
    CUdeviceptr numbers = upload(floats(5));
    assertThat(download(numbers, 5)).containsExactly(0, 1, 2, 3, 4);
  }

  private static CUdevice device() {
    CUdevice device = new CUdevice();
    assertThat(JCudaDriver.cuDeviceGet(device, 0)).isEqualTo(OK);
    return device;
  }

  private int load(String ptx) {
    CUmodule loaded = new CUmodule();
    int result =
        JCudaDriver.cuModuleLoadData(loaded, (ptx + "\0").getBytes(StandardCharsets.UTF_8));
    if (result == OK) {
      module = loaded;
    }
    return result;
  }

  private CUfunction function(String name) {
    CUfunction function = new CUfunction();
    assertThat(JCudaDriver.cuModuleGetFunction(function, module, name)).as(name).isEqualTo(OK);
    return function;
  }

  private int launch(String name, int blocks, int threads, int shared, long... work) {
    return launch(function(name), blocks, threads, shared, null, work);
  }

  private static int launch(
      CUfunction function, int blocks, int threads, int shared, CUstream stream, long... work) {
    return JCudaDriver.cuLaunchKernel(
        function,
        blocks,
        1,
        1,
        threads,
        1,
        1,
        shared,
        stream,
        Pointer.to(Pointer.to(work)),
        null);
  }

  private static CUdeviceptr allocate(long bytes) {
    DeviceMemory.Address address = new DeviceMemory.Address();
    assertThat(JCudaDriver.cuMemAlloc(address, bytes)).isEqualTo(OK);
    return address;
  }

  private static long address(CUdeviceptr pointer) {
    return ((DeviceMemory.Address) pointer).value();
  }

  private static CUdeviceptr upload(float... numbers) {
    CUdeviceptr to = allocate(4L * numbers.length);
    assertThat(JCudaDriver.cuMemcpyHtoD(to, Pointer.to(numbers), 4L * numbers.length))
        .isEqualTo(OK);
    return to;
  }

  private static float[] download(CUdeviceptr from, int count) {
    float[] numbers = new float[count];
    assertThat(JCudaDriver.cuMemcpyDtoH(Pointer.to(numbers), from, 4L * count)).isEqualTo(OK);
    return numbers;
  }

  /** 0, 1, 2, … */
  private static float[] floats(int count) {
    float[] numbers = new float[count];
    IntStream.range(0, count).forEach(i -> numbers[i] = i);
    return numbers;
  }
}
