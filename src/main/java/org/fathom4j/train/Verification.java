package org.fathom4j.train;

import java.nio.file.Path;
import java.util.List;

/**
 * Whether the record of a run is what the program makes of its specification.
 *
 * @param run its directory
 * @param checks in the order they were made
 */
public record Verification(Path run, List<Check> checks) {

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
