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
import org.fathom4j.data.Datasets;
import org.fathom4j.network.KernelReport;
import org.fathom4j.record.Provenance;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fathom doctor}: what this machine offers, and the cure of every problem. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Looks at Java, ND4J, BLAS, kernels, GPU, memory and data.",
    footer = {"", "Example: fathom doctor --json"})
final class DoctorCommand implements Callable<Integer> {

  private static final double GIB = 1L << 30;
  private static final long LITTLE_MEMORY = 2L << 30;

  @Option(names = "--json", description = "Prints the findings as one JSON object.")
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
    Provenance machine = Provenance.capture(Datasets.home());
    List<KernelReport> kernels = KernelReport.all();
    List<Finding> findings = findings(machine);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("ok", findings.stream().allMatch(Finding::ok));
      tree.put("findings", findings);
      tree.put("kernels", kernels);
      tree.put("machine", machine);
      out.println(Json.of(tree));
      return ExitCode.DONE;
    }
    for (Finding finding : findings) {
      out.printf("%-3s %-10s %s%n", finding.ok() ? "ok" : "!", finding.subject(), finding.found());
      if (finding.cure() != null) {
        out.printf("    %-10s → %s%n", "", finding.cure());
      }
    }
    for (KernelReport kernel : kernels) {
      out.printf(
          "%-3s %-10s %s: %s%n",
          kernel.usable() ? "ok" : "-", "kernel", kernel.name(), kernel.reason());
    }
    return ExitCode.DONE;
  }

  private static List<Finding> findings(Provenance machine) {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.good("system", machine.os()));
    findings.add(
        Finding.good("processor", machine.cpu().model() + ", " + machine.cpu().cores() + " cores"));
    findings.add(
        Finding.good("java", System.getProperty("java.vm.name") + " " + Runtime.version()));
    machine.versions().forEach((what, version) -> findings.add(Finding.good(what, version)));
    findings.add(
        Finding.good(
            "nd4j",
            String.format(
                "backend %s, BLAS %s (%s threads), OpenMP %s threads",
                machine.backend().name(),
                machine.backend().blas(),
                machine.backend().blasThreads(),
                machine.backend().openMpThreads())));
    findings.add(gpu(machine));
    findings.add(memory(machine));
    for (Datasets.Description dataset : Datasets.catalogue()) {
      findings.add(data(dataset.name()));
    }
    return findings;
  }

  private static Finding gpu(Provenance machine) {
    return machine.gpus().isEmpty()
        ? Finding.good("gpu", "none found (nvidia-smi); this version computes on the processor")
        : Finding.good(
            "gpu",
            String.join("; ", machine.gpus()) + "; unused: this version computes on the processor");
  }

  private static Finding memory(Provenance machine) {
    Provenance.Memory memory = machine.memory();
    String found =
        String.format(
            Locale.ROOT,
            "Java heap up to %.1f GiB, machine %s",
            memory.heapBytes() / GIB,
            memory.machineBytes() == null
                ? "unknown"
                : String.format(Locale.ROOT, "%.1f GiB", memory.machineBytes() / GIB));
    boolean little = memory.machineBytes() != null && memory.machineBytes() < LITTLE_MEMORY;
    return little
        ? Finding.bad("memory", found, "Deep networks need more: 2 GiB at depth 1,000 and up.")
        : Finding.good("memory", found);
  }

  private static Finding data(String name) {
    try {
      var check = Datasets.check(name, Optional.empty(), Datasets.home());
      String where = check.directory() == null ? "generated" : check.directory().toString();
      return check.holds()
          ? Finding.good("data", name + ": " + where + ", SHA-256 as published")
          : Finding.bad(
              "data",
              name + ": " + where + ", but files differ from the published ones",
              "Run ./fathom data verify " + name + ", then ./fathom data fetch " + name + ".");
    } catch (DataException e) {
      return Finding.bad("data", name + ": not here", e.getMessage());
    }
  }
}
