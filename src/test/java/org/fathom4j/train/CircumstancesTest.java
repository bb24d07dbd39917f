package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunRecord;
import org.junit.jupiter.api.Test;

class CircumstancesTest {

  private static final RunRecord.Kernel FUSED = kernel("keep-all", 512);

  private static RunRecord.Kernel kernel(String plan, int bits) {
    return new RunRecord.Kernel(
        "fused", "2 threads, activations in vectors of " + bits + " bits.", plan, 0L);
  }

  private static Circumstances circumstances(
      RunRecord.Kernel kernel, int threads, String commit, boolean dirty, String processor) {
    return new Circumstances(
        kernel,
        threads,
        new Provenance(
            new Provenance.Git(commit, dirty),
            Map.of("nd4j", "1.0.0-M2.1"),
            "Linux",
            new Provenance.Cpu(processor, 2),
            List.of(),
            new Provenance.Backend("CPU", "OPENBLAS", "1", "2"),
            new Provenance.Memory(1, 0, null)));
  }

  private static final Circumstances THEN = circumstances(FUSED, 2, "abc", false, "Xeon");

  @Test
  void where_all_are_the_same_the_record_was_changed() {
    assertThat(Circumstances.explanation(THEN, circumstances(FUSED, 2, "abc", false, "Xeon")))
        .endsWith("are those of the record, so the record or its specification was changed.");
  }

  @Test
  void every_difference_is_told_with_both_values() {
    assertThat(
            Circumstances.explanation(
                THEN, circumstances(kernel("recompute", 256), 4, "def", true, "EPYC")))
        .isEqualTo(
            "So do, and may be the reason: memory plan (keep-all then, recompute now); threads (2"
                + " then, 4 now; FATHOM_JAVA_OPTS=-Dfathom.threads=2 asks for as many as then);"
                + " vector width (512 then, 256 now); processor (Xeon then, EPYC now); program (abc"
                + " then, def now); program (built from sources other than its commit, then or"
                + " now).");
  }

  @Test
  void what_an_early_record_does_not_tell_is_said_so() {
    RunRecord.Kernel early = new RunRecord.Kernel("fused", "the fastest", null, null);
    assertThat(Circumstances.explanation(circumstances(early, 2, "abc", false, "Xeon"), THEN))
        .contains("memory plan (not told then, keep-all now)")
        .contains("vector width (not told then, 512 now)");
  }
}
