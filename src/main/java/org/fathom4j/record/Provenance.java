package org.fathom4j.record;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run ran on: program, libraries, machine.
 *
 * <p>What cannot be found out is {@code "unknown"} (or an absent key), with a warning in the log; a
 * run never fails for it.
 *
 * @param git state of the sources; commit {@code "unknown"} where there is no repository
 * @param versions of this program, DL4J, ND4J and Java
 * @param os name, version and architecture
 * @param cpu the processor
 * @param gpus one line a device as {@code nvidia-smi -L} prints it; empty without that program
 * @param backend what ND4J computes with
 * @param memory limits of this process
 */
public record Provenance(
    Git git,
    Map<String, String> versions,
    String os,
    Cpu cpu,
    List<String> gpus,
    Backend backend,
    Memory memory) {

  /** Stands for what could not be found out. */
  public static final String UNKNOWN = "unknown";

  /** In a bundle: {@code commit=…} and {@code dirty=true} or {@code false}. */
  private static final String BUNDLED_GIT = "git.properties";

  private static final Logger LOG = LoggerFactory.getLogger(Provenance.class);
  private static final int TIMEOUT_SECONDS = 5;

  /**
   * State of the sources.
   *
   * @param commit hash of HEAD
   * @param dirty whether tracked files differ from it; null when unknown
   */
  public record Git(String commit, Boolean dirty) {}

  /**
   * The processor.
   *
   * @param model as the system calls it
   * @param cores logical processors this process may use
   */
  public record Cpu(String model, int cores) {}

  /**
   * What ND4J computes with.
   *
   * @param name such as {@code CPU}
   * @param blas vendor of the BLAS
   * @param blasThreads threads of the BLAS
   * @param openMpThreads threads of ND4J's own loops
   */
  public record Backend(String name, String blas, String blasThreads, String openMpThreads) {}

  /**
   * Limits in bytes.
   *
   * @param heapBytes largest Java heap
   * @param physicalBytes JavaCPP's limit on the whole process, 0 for none
   * @param machineBytes of the machine or container; null when unknown
   */
  public record Memory(long heapBytes, long physicalBytes, Long machineBytes) {}

  public Provenance {
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
    gpus = List.copyOf(gpus);
  }

  /**
   * Looks around. Takes a moment: it loads ND4J and asks {@code git} and {@code nvidia-smi}.
   *
   * @param home directory whose git repository, if it is one, holds the sources
   */
  public static Provenance capture(Path home) {
    return capture(
        home,
        attempt(
            "ND4J backend",
            Provenance::findBackend,
            new Backend(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)));
  }

  /** The same where ND4J must not be touched: its backend stays unknown. */
  public static Provenance captureBesideNd4j(Path home) {
    return capture(home, new Backend(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN));
  }

  private static Provenance capture(Path home, Backend backend) {
    return new Provenance(
        sources(home),
        attempt("versions", Provenance::findVersions, Map.of()),
        system(),
        processor(),
        attempt("GPUs", Provenance::findGpus, List.of()),
        backend,
        new Memory(
            Runtime.getRuntime().maxMemory(),
            attempt("JavaCPP's limit", Pointer::maxPhysicalBytes, 0L),
            attempt("machine memory", Provenance::findMachineBytes, null)));
  }

  /**
   * State of the sources that the program was built from.
   *
   * @param home directory with their git repository, or with the file {@code git.properties} that
   *     {@code scripts/gpu-bundle} puts in the place of one
   */
  public static Git sources(Path home) {
    return attempt("git state", () -> findGit(home), new Git(UNKNOWN, null));
  }

  /** Name, version and architecture of the system. */
  public static String system() {
    return "%s %s (%s)"
        .formatted(
            System.getProperty("os.name", UNKNOWN),
            System.getProperty("os.version", UNKNOWN),
            System.getProperty("os.arch", UNKNOWN));
  }

  /** The processor. */
  public static Cpu processor() {
    return new Cpu(
        attempt("processor model", Provenance::findCpuModel, UNKNOWN),
        Runtime.getRuntime().availableProcessors());
  }

  /** Native libraries fail to load with errors, not exceptions: both must not end a run here. */
  private static <T> T attempt(String what, Supplier<T> question, T unknown) {
    try {
      return question.get();
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("The run record will not know the {}: {}", what, e.toString());
      return unknown;
    }
  }

  private static Git findGit(Path home) {
    Path root = home.toAbsolutePath().normalize();
    if (!Files.exists(root.resolve(".git"))) {
      return bundledGit(root.resolve(BUNDLED_GIT));
    }
    Optional<String> commit = output(root, "git", "rev-parse", "HEAD");
    Optional<String> changes =
        commit.flatMap(hash -> output(root, "git", "status", "--porcelain", "-uno"));
    return new Git(commit.orElse(UNKNOWN), changes.map(text -> !text.isEmpty()).orElse(null));
  }

  private static Git bundledGit(Path file) {
    if (!Files.exists(file)) {
      return new Git(UNKNOWN, null);
    }
    Properties said = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      said.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String dirty = said.getProperty("dirty");
    return new Git(
        said.getProperty("commit", UNKNOWN), dirty == null ? null : Boolean.valueOf(dirty));
  }

  private static Map<String, String> findVersions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("fathom4j", programVersion());
    versions.put("deeplearning4j", mavenVersion("org.deeplearning4j", "deeplearning4j-nn"));
    versions.put("nd4j", mavenVersion("org.nd4j", "nd4j-api"));
    versions.put("java", System.getProperty("java.version", UNKNOWN));
    versions.put(
        "javaVm",
        "%s %s (%s)"
            .formatted(
                System.getProperty("java.vm.name", UNKNOWN),
                System.getProperty("java.vm.version", UNKNOWN),
                System.getProperty("java.vm.vendor", UNKNOWN)));
    return versions;
  }

  /** The version of this program in the pom it was built from. */
  public static String programVersion() {
    return property(Provenance.class.getResource("version.properties"));
  }

  /** Version that Maven wrote into a jar; unknown when classes run without their jar. */
  private static String mavenVersion(String group, String artifact) {
    String resource = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
    return property(Provenance.class.getResource(resource));
  }

  private static String property(URL resource) {
    if (resource == null) {
      return UNKNOWN;
    }
    try (InputStream in = resource.openStream()) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", UNKNOWN);
    } catch (IOException e) {
      LOG.warn("Cannot read {}: {}", resource, e.toString());
      return UNKNOWN;
    }
  }

  private static String findCpuModel() {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (Files.isReadable(cpuinfo)) {
      try (Stream<String> lines = Files.lines(cpuinfo, StandardCharsets.ISO_8859_1)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(UNKNOWN);
      } catch (IOException e) {
        LOG.warn("Cannot read {}: {}", cpuinfo, e.toString());
        return UNKNOWN;
      }
    }
    if (System.getProperty("os.name", "").startsWith("Mac")) {
      return output(Path.of("/"), "sysctl", "-n", "machdep.cpu.brand_string").orElse(UNKNOWN);
    }
    return Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER")).orElse(UNKNOWN);
  }

  private static List<String> findGpus() {
    boolean present =
        Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
            .filter(directory -> !directory.isBlank())
            .anyMatch(
                directory ->
                    Files.isExecutable(Path.of(directory, "nvidia-smi"))
                        || Files.isExecutable(Path.of(directory, "nvidia-smi.exe")));
    if (!present) {
      return List.of();
    }
    return output(Path.of(System.getProperty("java.io.tmpdir")), "nvidia-smi", "-L")
        .map(text -> text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList())
        .orElse(List.of());
  }

  private static Backend findBackend() {
    Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
    return new Backend(
        text(environment, "backend"),
        text(environment, "blas.vendor"),
        text(environment, "blas.threads"),
        text(environment, "omp.threads"));
  }

  private static String text(Properties properties, String key) {
    Object value = properties.get(key);
    return value == null ? UNKNOWN : value.toString();
  }

  private static Long findMachineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : null;
  }

  /** What a program prints; empty, with a warning, when it is missing, fails or takes too long. */
  private static Optional<String> output(Path directory, String... command) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("GIT_OPTIONAL_LOCKS", "0"); // asking must not change the repository
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      LOG.warn("The run record will not know what {} says: {}", command[0], e.getMessage());
      return Optional.empty();
    }
    try {
      process.getOutputStream().close();
      CompletableFuture<String> text =
          CompletableFuture.supplyAsync(
              () -> {
                try (InputStream in = process.getInputStream()) {
                  return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      String result = text.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
        return Optional.of(result);
      }
      LOG.warn("{} failed; the run record will not know its answer", String.join(" ", command));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | ExecutionException | TimeoutException e) {
      LOG.warn("{} gave no answer: {}", String.join(" ", command), e.toString());
    } finally {
      process.destroyForcibly();
    }
    return Optional.empty();
  }
}
