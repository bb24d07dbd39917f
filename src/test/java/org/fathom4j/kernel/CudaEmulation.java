package org.fathom4j.kernel;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A CUDA driver and a GPU made of the processor: the kernels of {@code src/main/cuda}, called
 * through JCuda, run in tests on machines without a GPU.
 *
 * <p>What is emulated is in {@code src/test/cuda}, compiled by g++ once into {@code
 * target/cuda-emulation}: a libcuda.so.1 that is loaded before JCuda's natives ask for one. It is
 * strict where a GPU is silent: a kernel that reads outside an allocation, misses a barrier or
 * races, and a host that reads results too early, fail a test that would have passed by luck. Its
 * rounding is the processor's, and it says nothing about speed.
 *
 * <pre>{@code
 * @EmulatedGpu
 * class CudaKernelTroubleTest {
 *   @Test
 *   void a_device_lost_in_mid_run_says_so() {
 *     CudaEmulation.fail(Fault.DEVICE_LOST, 3); // at the third launch, copy or wait from now
 *     …
 *   }
 * }
 * }</pre>
 *
 * <p>After each test, what went wrong on the device fails the test unless it took it by {@link
 * #trouble}. A test that lost its device, or changed something here, leaves a restarted machine:
 * contexts are gone then.
 *
 * <p>Without Linux on x86-64, a JDK's {@code jni.h} and g++ such tests are skipped and say so.
 */
public final class CudaEmulation implements BeforeAllCallback, AfterEachCallback {

  /** What can be made to go wrong. */
  public enum Fault {
    /** cuInit: CUDA_ERROR_NO_DEVICE. */
    NO_DEVICE(0, 100),
    /** cuInit: a kernel module and a libcuda.so.1 of different versions. */
    DRIVER_MISMATCH(0, 803),
    /** cuDevicePrimaryCtxRetain: another process has the device for itself. */
    DEVICE_BUSY(1, 46),
    /** cuMemAlloc, whatever is free. */
    OUT_OF_MEMORY(2, 2),
    /** A launch, copy or wait, and everything in that context from then on. */
    DEVICE_LOST(3, 719);

    private final int point;
    private final int status;

    Fault(int point, int status) {
      this.point = point;
      this.status = status;
    }
  }

  /** What the driver was asked for since the machine was started. */
  public enum Count {
    LAUNCHES,
    /** Waits for a stream, an event or everything. */
    SYNCHRONIZATIONS,
    BYTES_TO_DEVICE,
    BYTES_TO_HOST
  }

  private static final Path SOURCES = Path.of("src", "test", "cuda");
  private static final Path KERNELS = Path.of("src", "main", "cuda");
  private static final Path BUILD = Path.of("target", "cuda-emulation");

  private static final List<String> COMPILER =
      List.of("g++", "-std=c++17", "-O2", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off");

  /** Calls before each access to memory and where something is undefined; machine.cpp has them. */
  private static final List<String> CHECKS =
      List.of(
          "-DFATHOM_EMULATION",
          "-fno-exceptions",
          "-fno-tree-loop-distribute-patterns",
          "-fsanitize=thread",
          "--param=tsan-instrument-func-entry-exit=0",
          "-fsanitize=alignment,bounds,shift,signed-integer-overflow,integer-divide-by-zero");

  private static boolean loaded;
  private static boolean changed;

  /** Other GPUs, in a machine that has just been started; of ordinals 0, 1, … */
  static void devices(CudaDevice... devices) {
    restart();
    changed = true;
    removeDevices();
    for (CudaDevice d : devices) {
      addDevice(d.name(), d.major(), d.minor(), d.multiprocessors(), d.totalBytes(), d.freeBytes());
    }
  }

  /** One GPU like the usual one, of which other processes leave so many bytes. */
  public static void freeMemory(long bytes) {
    devices(new CudaDevice(0, "Emulated GPU", 9, 0, 4, Math.max(bytes, 256L << 20), bytes));
  }

  /** Another driver, 1000·major + 10·minor of the newest CUDA that it serves; 13000 usually. */
  static void driverVersion(int version) {
    changed = true;
    setDriverVersion(version);
  }

  /**
   * Makes something go wrong.
   *
   * @param nth the how-manieth call of that kind from now on is the first to fail, from 1
   */
  public static void fail(Fault fault, long nth) {
    changed = true;
    addFault(fault.point, fault.status, nth);
  }

  /** What the driver was asked for since the machine was started. */
  static long count(Count count) {
    return count(count.ordinal());
  }

  /** Finishes what is under way; what went wrong on the device, empty if nothing; forgets it. */
  public static String trouble() {
    String text = takeTroubles();
    return text == null ? "" : text;
  }

  /** PTX that declares kernels; the emulation takes their code from their sources. */
  static String ptx(String version, String target, String... kernels) {
    StringBuilder text =
        new StringBuilder(
            String.format(".version %s\n.target %s\n.address_size 64\n", version, target));
    for (String kernel : kernels) {
      text.append(String.format(".visible .entry %s()\n{\n\tret;\n}\n", kernel));
    }
    return text.toString();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    if (!loaded) {
      String linux = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
      assumeTrue(
          linux.equals("Linux on amd64"),
          "The emulated GPU needs Linux on amd64; this is " + linux);
      Path jni = Path.of(System.getProperty("java.home"), "include", "jni.h");
      assumeTrue(Files.exists(jni), "The emulated GPU needs a JDK: no " + jni);
      assumeTrue(
          Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
              .anyMatch(place -> Files.isExecutable(Path.of(place, "g++"))),
          "The emulated GPU needs g++, which is not on the PATH.");
      System.load(build(jni.getParent()).toAbsolutePath().toString());
      int sentinel = 4242;
      setDriverVersion(sentinel);
      int[] version = new int[1];
      JCudaDriver.cuDriverGetVersion(version);
      if (version[0] != sentinel) {
        throw new IllegalStateException(
            "JCuda was loaded before the emulated GPU. Run these tests in a JVM of their own:"
                + " mvn test -Dtest="
                + context.getRequiredTestClass().getSimpleName());
      }
      loaded = true;
    }
    restart();
    changed = false;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    boolean broken = isBroken();
    String trouble = trouble();
    if (broken || isBroken() || changed) {
      restart();
      changed = false;
    }
    if (!trouble.isEmpty()) {
      throw new AssertionError("On the emulated GPU: " + trouble);
    }
  }

  /** Compiles the emulation and all kernels, unless they are those of the library there is. */
  private static Path build(Path jni) throws IOException {
    Path library = BUILD.resolve("libcuda.so.1");
    Path stamp = BUILD.resolve("made-of.sha256");
    List<List<String>> commands = new ArrayList<>();
    List<String> link = new ArrayList<>(COMPILER);
    link.addAll(List.of("-shared", "-Wl,-z,defs", "-Wl,-soname,libcuda.so.1", "-o"));
    link.add(library.toString());
    for (String name : List.of("machine", "driver")) {
      String object = BUILD.resolve(name + ".o").toString();
      List<String> command = new ArrayList<>(COMPILER);
      command.addAll(List.of("-Wall", "-Wextra", "-I" + jni, "-I" + jni.resolve("linux")));
      command.addAll(List.of("-c", SOURCES.resolve(name + ".cpp").toString(), "-o", object));
      commands.add(command);
      link.add(object);
    }
    List<Path> kernels = new ArrayList<>(files(SOURCES, ".cu"));
    kernels.addAll(files(KERNELS, ".cu"));
    for (Path kernel : kernels) {
      String object = BUILD.resolve(kernel.getFileName() + ".o").toString();
      List<String> command = new ArrayList<>(COMPILER);
      command.addAll(CHECKS);
      command.addAll(List.of("-I" + SOURCES, "-I" + KERNELS));
      command.addAll(List.of("-c", wrapper(kernel).toString(), "-o", object));
      commands.add(command);
      link.add(object);
    }
    commands.add(link);
    String madeOf = sha256(commands);
    if (!Files.exists(library) || !Files.exists(stamp) || !Files.readString(stamp).equals(madeOf)) {
      Files.createDirectories(BUILD);
      Files.deleteIfExists(stamp);
      for (Path kernel : kernels) {
        // What two kernel files call by one name stays two things, as it does in CUDA.
        Files.writeString(
            wrapper(kernel),
            String.format(
                "#include \"emulation.h\"\nnamespace {\n#include \"%s\"\n}\n",
                kernel.toAbsolutePath()));
      }
      for (List<String> command : commands) {
        execute(command);
      }
      Files.writeString(stamp, madeOf);
    }
    return library;
  }

  private static Path wrapper(Path kernel) {
    return BUILD.resolve(kernel.getFileName() + ".cpp");
  }

  private static List<Path> files(Path folder, String... endings) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> Arrays.stream(endings).anyMatch(file.toString()::endsWith))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(List<List<String>> commands) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(commands.toString().getBytes(StandardCharsets.UTF_8));
      for (Path folder : List.of(SOURCES, KERNELS)) {
        for (Path file : files(folder, ".h", ".cpp", ".cu", ".cuh")) {
          digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
          digest.update(Files.readAllBytes(file));
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + "\n" + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("while g++ compiled the emulated GPU");
    }
  }

  /** Starts the machine anew: its usual device, no faults, contexts gone. */
  public static void reset() {
    restart();
  }

  private static void restart() {
    CudaContext.forget();
    restartMachine();
  }

  private static native void restartMachine();

  private static native void setDriverVersion(int version);

  private static native void removeDevices();

  private static native void addDevice(
      String name, int major, int minor, int multiprocessors, long totalBytes, long freeBytes);

  private static native void addFault(int point, int status, long countdown);

  private static native long count(int which);

  private static native String takeTroubles();

  private static native boolean isBroken();

  /** Device memory that contexts hold. */
  public static native long bytesInUse();
}
