package org.fathom4j.bench.gpu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fathom4j.record.GpuReceipt;

/** What did not hold, and what did not run. */
final class Findings {

  /** More would only repeat them. */
  private static final int FAILURES_TOLD = 40;

  private final List<GpuReceipt.Failure> failures = new ArrayList<>();
  private final Map<String, String> notRun = new LinkedHashMap<>();
  private long failureCount;

  void fail(String where, String problem) {
    failureCount++;
    if (failures.size() < FAILURES_TOLD) {
      failures.add(new GpuReceipt.Failure(where, problem));
    }
  }

  /** The first reason counts. */
  void notRun(String what, String reason) {
    notRun.putIfAbsent(what, reason);
  }

  List<GpuReceipt.Failure> failures() {
    return failures;
  }

  long failureCount() {
    return failureCount;
  }

  List<GpuReceipt.NotRun> notRun() {
    return notRun.entrySet().stream()
        .map(entry -> new GpuReceipt.NotRun(entry.getKey(), entry.getValue()))
        .toList();
  }
}
