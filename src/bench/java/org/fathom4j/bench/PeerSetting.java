package org.fathom4j.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The OpenMP settings a process of the peers runs in.
 *
 * @param threads of OpenMP, and of PyTorch
 * @param waiting what OpenMP's threads do between two pieces of work
 */
record PeerSetting(int threads, Waiting waiting) {

  /** That of the launcher: our kernels have threads of their own. */
  static final PeerSetting LAUNCHER = new PeerSetting(1, Waiting.SLEEP);

  /** Of the parent, not for its children. */
  private static final List<String> OWN_VARIABLES = List.of("OMP_", "GOMP_", "OPENBLAS_", "MKL_");

  /** OpenMP's wait policy. */
  enum Waiting {
    /** Sleep at once. */
    SLEEP("PASSIVE"),
    /** libgomp's default: spin for some milliseconds, then sleep. */
    SPIN_BRIEFLY(null),
    /** Spin for minutes, which only a process that is stopped while it idles can be allowed. */
    SPIN("ACTIVE");

    private final String policy;

    Waiting(String policy) {
      this.policy = policy;
    }
  }

  PeerSetting {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads + ".");
    }
  }

  /** Replaces every OpenMP and BLAS setting that a process would inherit. */
  void apply(Map<String, String> environment) {
    environment.keySet().removeIf(name -> OWN_VARIABLES.stream().anyMatch(name::startsWith));
    environment.putAll(variables());
  }

  /** What DJL hands to PyTorch, whatever OpenMP's own variable says. */
  List<String> javaOptions() {
    return List.of("-Dai.djl.pytorch.num_threads=" + threads);
  }

  private Map<String, String> variables() {
    Map<String, String> variables = new TreeMap<>();
    variables.put("OMP_NUM_THREADS", Integer.toString(threads));
    if (waiting.policy != null) {
      variables.put("OMP_WAIT_POLICY", waiting.policy);
    }
    return variables;
  }

  /** As a shell would set it. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    variables().forEach((name, value) -> text.append(name).append('=').append(value).append(' '));
    return text.toString().strip();
  }
}
