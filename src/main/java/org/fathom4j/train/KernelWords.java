package org.fathom4j.train;

import java.util.Objects;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.KernelChoice;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunRecord;

/** The kernel of a network and its memory plan, as records tell them. */
final class KernelWords {

  private KernelWords() {}

  static RunRecord.Kernel of(MultiLayerNetwork net, MemoryPlan plan) {
    KernelChoice choice = ResidualNetwork.kernelChoice(net);
    return new RunRecord.Kernel(
        choice.name().option(),
        choice.reason() + " Memory plan " + plan.reason(),
        plan.kind().option(),
        plan.bytes());
  }

  /** Whether two records name the same kernel and kind of plan; how much was free may differ. */
  static boolean agree(RunRecord.Kernel one, RunRecord.Kernel other) {
    return one.name().equals(other.name()) && Objects.equals(one.memoryPlan(), other.memoryPlan());
  }
}
