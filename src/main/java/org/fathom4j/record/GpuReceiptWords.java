package org.fathom4j.record;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.fathom4j.record.GpuReceipt.NotRun;

/** A receipt in words, for the README. */
final class GpuReceiptWords {

  private final GpuReceipt receipt;

  GpuReceiptWords(GpuReceipt receipt) {
    this.receipt = receipt;
  }

  String markdown(String name) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Receipt `%s`: **%s** on one %s (compute capability %s, driver %s), sources at %s.%n%n",
            name,
            receipt.passed() ? "passed" : "FAILED",
            receipt.device().name(),
            receipt.device().computeCapability(),
            receipt.device().driver(),
            commit()));
    text.append(parity()).append(System.lineSeparator());
    if (!receipt.timings().isEmpty()) {
      text.append(System.lineSeparator()).append(table());
    }
    for (NotRun skipped : receipt.notRun()) {
      text.append(
          String.format("%nNot run: %s (%s)%n", skipped.what(), withoutStop(skipped.reason())));
    }
    return text.toString().replace("\r\n", "\n").strip();
  }

  private static String withoutStop(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private String commit() {
    Provenance.Git git = receipt.program().git();
    String commit = git.commit().length() > 7 ? git.commit().substring(0, 7) : git.commit();
    return Boolean.TRUE.equals(git.dirty()) ? commit + " with changes" : commit;
  }

  private String parity() {
    String errors =
        Stream.of("float", "double")
            .flatMap(precision -> receipt.worst(precision).stream())
            .map(GpuReceiptWords::error)
            .collect(Collectors.joining("; "));
    return String.format(
        Locale.ROOT,
        "Beside the reference in double precision, %,d stacks, %,d comparisons%s: largest relative"
            + " error %s. Updates, %,d comparisons: %s.%s",
        receipt.parity().cases(),
        receipt.parity().comparisons(),
        receipt.quick() ? " (a quick pass)" : "",
        errors.isEmpty() ? "unknown, nothing was compared" : errors,
        receipt.updates().comparisons(),
        receipt.updates().equal() ? "equal in every bit" : "NOT equal in every bit",
        receipt.failureCount() == 0
            ? ""
            : String.format(Locale.ROOT, " %,d checks did not hold.", receipt.failureCount()));
  }

  private static String error(LargestError worst) {
    return String.format(
        Locale.ROOT,
        "%s %.1e (%s; allowed %.0e)",
        worst.precision(),
        worst.error(),
        worst.array(),
        worst.allowed());
  }

  private String table() {
    StringBuilder rows =
        new StringBuilder("| L, D, M, N | s an iteration | TFLOP/s | of ceiling |");
    StringBuilder line = new StringBuilder("|---|---|---|---|");
    List<Column> columns = columns();
    for (Column column : columns) {
      rows.append(" times as fast as ").append(column.words()).append(" |");
      line.append("---|");
    }
    rows.append('\n').append(line).append('\n');
    for (IterationTime time : receipt.timings()) {
      rows.append(
          String.format(
              Locale.ROOT,
              "| %s | %.3g (%.3g to %.3g) | %.1f | %.2f, %s |",
              time.shape(),
              time.seconds().median(),
              time.seconds().least(),
              time.seconds().largest(),
              time.flopPerSecond() * 1e-12,
              time.fractionOfCeiling(),
              time.boundBy()));
      for (Column column : columns) {
        Optional<Double> ratio = receipt.timesAsFastAs(column.peer(), column.mode(), time);
        rows.append(ratio.map(r -> String.format(Locale.ROOT, " %.1f |", r)).orElse(" – |"));
      }
      rows.append('\n');
    }
    return rows.toString();
  }

  /** One mode of one peer. */
  private record Column(PeerReport peer, String mode) {
    String words() {
      return peer.library() + " " + peer.version() + ", " + mode + (peer.tf32() ? ", TF32" : "");
    }
  }

  private List<Column> columns() {
    return receipt.peers().stream()
        .flatMap(
            peer ->
                peer.results().stream()
                    .map(PeerReport.Result::mode)
                    .distinct()
                    .map(mode -> new Column(peer, mode)))
        .toList();
  }
}
