package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.fathom4j.data.DataException;
import org.fathom4j.data.DatasetCheck;
import org.fathom4j.data.Datasets;
import org.fathom4j.network.CudaBackend;
import org.fathom4j.network.GpuReport;
import org.fathom4j.network.KernelReport;
import org.fathom4j.record.Provenance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fathom doctor}: what this machine offers, and the cure of every problem. */
@Command(
    name = "doctor",
    description = {
      "Looks at Java, ND4J, BLAS, kernels, GPUs, memory and data.",
      "",
      "Of each NVIDIA GPU: compute capability, memory, and whether the cuda kernel and ND4J's CUDA"
          + " backend can run on it; if not, why and what to do. JSON: ok, findings (subject, ok,"
          + " found, cure), gpu (driver, devices, problem, nd4jCuda), kernels (name, usable,"
          + " reason), machine."
    },
    footer = {"", "Example: fathom doctor --json"})
final class DoctorCommand implements Callable<Integer>, WithoutNd4j {

  private static final double GIB = 1L << 30;
  private static final long LITTLE_MEMORY = 2L << 30;
  private static final long LITTLE_HEAP = 256L << 20;

  @Option(
      names = "--json",
      description = "Prints the findings as one JSON object (default: a list).")
  private boolean json;

  @Spec private CommandSpec spec;

  /**
   * One thing looked at.
   *
   * @param subject what
   * @param ok whether it can stay as it is
   * @param found what is there
   * @param cure what to do; null if nothing needs doing
   */
  record Finding(String subject, boolean ok, String found, String cure) {

    static Finding good(String subject, String found) {
      return new Finding(subject, true, found, null);
    }

    static Finding bad(String subject, String found, String cure) {
      return new Finding(subject, false, found, cure);
    }
  }

  @Override
  public Integer call() {
    GpuReport gpu = null;
    Finding misnamed = null;
    try {
      gpu = GpuReport.ofThisMachine();
    } catch (IllegalArgumentException e) { // a system property that names no GPU
      misnamed = Finding.bad("gpu", "the one that was asked for is not here", e.getMessage());
    }
    boolean nd4jRuns = gpu == null ? !CudaBackend.isInThisBuild() : runs(gpu.nd4jCuda());
    Provenance machine =
        nd4jRuns
            ? Provenance.capture(Datasets.home())
            : Provenance.captureBesideNd4j(Datasets.home());
    // without its native libraries ND4J cannot even be asked
    List<KernelReport> kernels =
        machine.backend().name().equals(Provenance.UNKNOWN) ? List.of() : KernelReport.all();
    List<Finding> findings = new ArrayList<>(ofProgram(machine));
    findings.addAll(nd4jRuns ? ofBackend(machine.backend()) : List.of(noBackend(gpu)));
    findings.addAll(gpu == null ? List.of(misnamed) : GpuFindings.of(gpu, machine.gpus(), kernels));
    findings.add(memory(machine));
    findings.addAll(ofData());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("ok", findings.stream().allMatch(Finding::ok));
      tree.put("findings", findings);
      tree.put("gpu", gpu);
      tree.put("kernels", kernels);
      tree.put("machine", machine);
      out.println(Json.of(tree));
      return ExitCode.DONE;
    }
    for (Finding finding : findings) {
      out.printf("%-3s %-14s %s%n", finding.ok() ? "ok" : "!", finding.subject(), finding.found());
      if (finding.cure() != null) {
        out.printf("    %-14s → %s%n", "", finding.cure());
      }
    }
    for (KernelReport kernel : kernels) {
      out.printf(
          "%-3s %-14s %s: %s%n",
          kernel.usable() ? "ok" : "-", "kernel", kernel.name(), kernel.reason());
    }
    return ExitCode.DONE;
  }

  /** The CUDA backend only where it can; the CPU backend everywhere. */
  private static boolean runs(GpuReport.Backend nd4jCuda) {
    return !nd4jCuda.inThisBuild() || nd4jCuda.usable();
  }

  private static List<Finding> ofProgram(Provenance machine) {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.good("system", machine.os()));
    findings.add(
        Finding.good("processor", machine.cpu().model() + ", " + machine.cpu().cores() + " cores"));
    findings.add(
        Finding.good("java", System.getProperty("java.vm.name") + " " + Runtime.version()));
    for (String library : List.of("fathom4j", "deeplearning4j", "nd4j")) {
      findings.add(Finding.good(library, machine.versions().get(library)));
    }
    return findings;
  }

  private static List<Finding> ofBackend(Provenance.Backend backend) {
    return List.of(nd4j(backend), blas(backend));
  }

  /** A build with the CUDA backend where that cannot run. */
  private static Finding noBackend(GpuReport gpu) {
    return Finding.bad(
        "backend",
        "ND4J's CUDA backend, which cannot run here",
        gpu == null ? "Correct what is said of the GPU." : gpu.nd4jCuda().problem());
  }

  private static List<Finding> ofData() {
    return Datasets.catalogue().stream()
        .filter(Datasets.Description::hasFiles)
        .map(DoctorCommand::data)
        .toList();
  }

  private static Finding nd4j(Provenance.Backend backend) {
    return backend.name().equals(Provenance.UNKNOWN)
        ? Finding.bad(
            "backend",
            "its native libraries cannot be loaded",
            "Delete the directory target, so that ./fathom builds anew for this machine; another"
                + " platform is chosen with mvn -Djavacpp.platform=…")
        : Finding.good(
            "backend", backend.name() + ", OpenMP with " + backend.openMpThreads() + " threads");
  }

  private static Finding blas(Provenance.Backend backend) {
    String threads = ", " + backend.blasThreads() + " threads";
    if (!backend.blas().equalsIgnoreCase("openblas")) {
      return Finding.good("blas", backend.blas() + threads);
    }
    Optional<String> core = OpenBlasCore.find();
    if (core.isEmpty()) {
      return Finding.good("blas", "OpenBLAS, instruction set unknown" + threads);
    }
    String found = "OpenBLAS with the instructions of " + core.get() + threads;
    return OpenBlasCore.isSlow(core.get())
        ? Finding.bad(
            "blas",
            found,
            "It does not know this processor and takes the oldest instructions. Try a near one, as"
                + " in OPENBLAS_CORETYPE=Haswell ./fathom doctor, and set it for training too.")
        : Finding.good("blas", found);
  }

  private static Finding memory(Provenance machine) {
    Provenance.Memory memory = machine.memory();
    String found =
        String.format(
            Locale.ROOT,
            "Java heap up to %s, the whole process up to %s, machine %s",
            gib(memory.heapBytes()),
            memory.physicalBytes() == 0 ? "any size" : gib(memory.physicalBytes()),
            memory.machineBytes() == null ? "unknown" : gib(memory.machineBytes()));
    if (memory.machineBytes() != null && memory.machineBytes() < LITTLE_MEMORY) {
      return Finding.bad(
          "memory",
          found,
          "Deep networks need more: 2 GiB at depth 1,000 and up. Use a larger machine.");
    }
    return memory.heapBytes() < LITTLE_HEAP
        ? Finding.bad(
            "memory", found, "Give Java more: FATHOM_JAVA_OPTS=-Xmx2g, or half of the machine.")
        : Finding.good("memory", found);
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
  }

  private static Finding data(Datasets.Description dataset) {
    String name = dataset.name();
    if (dataset.fetchable() && !Datasets.present(Datasets.home()).contains(name)) {
      return new Finding(
          "data",
          true,
          name + ": not here, and not needed by the default",
          "To have it, run ./fathom data fetch " + name + ".");
    }
    try {
      DatasetCheck check = Datasets.check(name, Optional.empty(), Datasets.home());
      return check.holds()
          ? Finding.good("data", name + ": " + check.directory() + ", SHA-256 as published")
          : Finding.bad(
              "data",
              name + ": " + check.directory() + ", but files differ from the published ones",
              dataset.fetchable()
                  ? "Run ./fathom data verify " + name + ", then ./fathom data fetch " + name + "."
                  : "Run ./fathom data verify " + name + "; it says what to do with each file.");
    } catch (DataException e) {
      return Finding.bad("data", name + ": not here", e.getMessage());
    }
  }
}
