package org.fathom4j.train;

import java.nio.file.Path;
import java.util.List;

/**
 * Whether a record is what the program makes of its question: of a run, the specification; of a
 * comparison, its runs.
 *
 * @param directory of the record
 * @param checks in the order they were made
 */
public record Verification(Path directory, List<Check> checks) {

  public Verification {
    checks = List.copyOf(checks);
  }

  /** Nothing differs, and nothing that could have been compared was left out. */
  public boolean holds() {
    return !has(Check.Verdict.DIFFERS) && !has(Check.Verdict.NOT_POSSIBLE);
  }

  /** Whether one of the checks came out like this. */
  public boolean has(Check.Verdict verdict) {
    return checks.stream().anyMatch(check -> check.verdict() == verdict);
  }
}
