package org.fathom4j.train;

import java.util.Optional;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.KernelChoice;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunRecord;

/** The kernel of a network and its memory plan, as records tell them. */
final class KernelWords {

  private static final String PLAN = " Memory plan ";

  private KernelWords() {}

  static RunRecord.Kernel of(MultiLayerNetwork net, Optional<MemoryPlan> plan) {
    KernelChoice choice = ResidualNetwork.kernelChoice(net);
    String planned = plan.map(p -> PLAN + p.describe()).orElse("");
    return new RunRecord.Kernel(choice.name().option(), choice.reason() + planned);
  }

  /** Whether two records name the same kernel and kind of plan; how much was free may differ. */
  static boolean agree(RunRecord.Kernel one, RunRecord.Kernel other) {
    return one.name().equals(other.name()) && plan(one).equals(plan(other));
  }

  private static String plan(RunRecord.Kernel kernel) {
    int start = kernel.reason().indexOf(PLAN);
    return start < 0 ? "" : kernel.reason().substring(start).split(":", 2)[0];
  }
}
