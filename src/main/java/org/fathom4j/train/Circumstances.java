package org.fathom4j.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fathom4j.kernel.FusedCpuKernel;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunRecord;

/**
 * What decides the last bits beside the specification: kernel, memory plan, threads, libraries,
 * processor.
 *
 * @param kernel that computes the stack
 * @param threads that sum
 * @param provenance program, machine and libraries
 */
record Circumstances(RunRecord.Kernel kernel, int threads, Provenance provenance) {

  /** As the kernel's reason tells it. */
  private static final Pattern VECTORS = Pattern.compile("vectors of (\\d+) bits");

  /** A sentence to follow "the bits differ": which circumstances do, too. */
  static String explanation(Circumstances then, Circumstances now) {
    List<String> differences = differences(then, now);
    return differences.isEmpty()
        ? "Kernel, memory plan, threads, processor, libraries and program are those of the record,"
            + " so the record or its specification was changed."
        : "So do, and may be the reason: " + String.join("; ", differences) + ".";
  }

  private static List<String> differences(Circumstances then, Circumstances now) {
    List<String> found = new ArrayList<>();
    note(found, "kernel", then.kernel.name(), now.kernel.name());
    note(found, "memory plan", then.kernel.memoryPlan(), now.kernel.memoryPlan());
    if (then.threads != now.threads) {
      found.add(
          String.format(
              "threads (%d then, %d now; FATHOM_JAVA_OPTS=-D%s=%d asks for as many as then)",
              then.threads, now.threads, FusedCpuKernel.THREADS_PROPERTY, then.threads));
    }
    note(found, "vector width", vectorBits(then.kernel), vectorBits(now.kernel));
    Provenance before = then.provenance;
    Provenance here = now.provenance;
    note(found, "processor", before.cpu().model(), here.cpu().model());
    note(found, "cores", before.cpu().cores(), here.cpu().cores());
    note(found, "ND4J backend", before.backend(), here.backend());
    for (String library : new TreeSet<>(before.versions().keySet())) {
      note(
          found,
          "version of " + library,
          before.versions().get(library),
          here.versions().get(library));
    }
    note(found, "program", before.git().commit(), here.git().commit());
    if (Boolean.TRUE.equals(before.git().dirty()) || Boolean.TRUE.equals(here.git().dirty())) {
      found.add("program (built from sources other than its commit, then or now)");
    }
    note(found, "system", before.os(), here.os());
    return found;
  }

  private static void note(List<String> found, String what, Object then, Object now) {
    if (!Objects.equals(then, now)) {
      found.add(what + " (" + words(then) + " then, " + words(now) + " now)");
    }
  }

  private static String words(Object value) {
    if (value instanceof Provenance.Backend b) {
      return String.format(
          "%s, %s, %s BLAS threads, %s OpenMP threads",
          b.name(), b.blas(), b.blasThreads(), b.openMpThreads());
    }
    return value == null ? "not told" : value.toString();
  }

  private static String vectorBits(RunRecord.Kernel kernel) {
    Matcher bits = VECTORS.matcher(kernel.reason());
    return bits.find() ? bits.group(1) : null;
  }
}
