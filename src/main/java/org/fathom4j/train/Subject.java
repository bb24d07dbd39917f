package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;

/**
 * A run to be verified.
 *
 * @param run its directory
 * @param record its record
 * @param spec the specification in the record
 * @param dataset the data of that specification, as they are now
 * @param home the directory that holds {@code datasets/}
 */
record Subject(
    RunDirectory run, RunRecord record, ExperimentSpec spec, Dataset dataset, Path home) {

  /**
   * Gives a network the kernel and the memory plan of the record.
   *
   * @throws IllegalArgumentException if there is no such kernel here
   * @throws IOException if what it keeps does not fit into memory
   */
  MemoryPlan prepare(MultiLayerNetwork net, MemoryNeed memory, RunRecord.Kernel kernel)
      throws IOException {
    KernelName name =
        KernelName.of(kernel.name())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "this version has no kernel \"" + kernel.name() + "\""));
    ResidualNetwork.useKernel(net, name);
    MemoryPlan plan = memory.planAgain(net, kernel);
    ResidualNetwork.useMemoryPlan(net, plan.kind());
    return plan;
  }

  /** Why bits may differ from those that were made under these circumstances. */
  String explanation(RunRecord.Kernel then, MultiLayerNetwork net, MemoryPlan plan) {
    return Circumstances.explanation(
        new Circumstances(then, record.threads(), record.provenance()),
        new Circumstances(
            KernelWords.of(net, plan), Trainer.threads(net), Provenance.capture(home)));
  }
}
