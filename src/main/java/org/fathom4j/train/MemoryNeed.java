package org.fathom4j.train;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalLong;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.FreeMemory;
import org.fathom4j.kernel.FusedCpuKernel;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.CudaBackend;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run takes of the memory that is free before its network is built.
 *
 * <p>Activations get what weights, gradients and the optimizer leave, whether the system has handed
 * those out yet or not: memory is taken when it is first written. On a device the same holds for
 * the blocks alone, which are all that lives there.
 */
final class MemoryNeed {

  private static final Logger LOG = LoggerFactory.getLogger(MemoryNeed.class);
  private static final double GIB = 1L << 30;
  private static final double MIB = 1L << 20;

  private final DepthSummary network;
  private final long free;

  /**
   * Of a network, where so much is free.
   *
   * @param free bytes
   */
  MemoryNeed(DepthSummary network, long free) {
    this.network = network;
    this.free = free;
  }

  /**
   * Looks at the machine; to be asked before the network is built.
   *
   * @throws IOException if its weights do not fit, saying how much is needed, and which options
   *     make it less
   */
  static MemoryNeed of(ExperimentSpec spec, Dataset dataset) throws IOException {
    int examples = dataset.train().size();
    DepthSummary network =
        DepthSummary.of(
            spec.networkFor(dataset), spec.optimizerOf(examples), spec.batchSizeOf(examples));
    long free = Math.min(FreeMemory.bytes(), CudaBackend.freeBytes().orElse(Long.MAX_VALUE));
    if (network.weightBytes() > free) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "This network needs %.1f GiB for weights, their gradients and the optimizer, but %.1f"
                  + " GiB are available. Reduce --depth, --width or --hidden-width.%s",
              network.weightBytes() / GIB,
              free / GIB,
              FreeMemory.cure()));
    }
    return new MemoryNeed(network, free);
  }

  /**
   * The memory plan of a run that begins: the fastest that fits.
   *
   * @param net the network, or a shallower one like it
   * @throws IOException if what the blocks keep of a minibatch does not fit, saying how much each
   *     plan would take, and which options make it less
   */
  MemoryPlan plan(MultiLayerNetwork net) throws IOException {
    try {
      return ResidualNetwork.memoryPlan(net, depth(), network.examples(), freeForActivations(net));
    } catch (InsufficientMemoryException e) {
      boolean onDevice = ResidualNetwork.deviceFreeBytes(net).isPresent();
      throw new IOException(e.getMessage() + (onDevice ? besideOnDevice() : beside()), e);
    }
  }

  private String beside() {
    return String.format(
        Locale.ROOT,
        " Weights, gradients and optimizer take %.1f MiB beside them.%s",
        network.weightBytes() / MIB,
        FreeMemory.cure());
  }

  /** Of weights and gradients the device's own message speaks. */
  private String besideOnDevice() {
    return network.blockStateBytes() == 0
        ? ""
        : String.format(
            Locale.ROOT,
            " The optimizer's state takes %.1f MiB that are not counted as free.",
            network.blockStateBytes() / MIB);
  }

  /**
   * The memory plan of a run that goes on: the one it had, so that its bits stay the same, unless
   * that does not fit any more or {@value FusedCpuKernel#PLAN_PROPERTY} asks for another.
   *
   * @param before the kernel that the record names
   */
  MemoryPlan planAgain(MultiLayerNetwork net, RunRecord.Kernel before) throws IOException {
    boolean sameKernel = ResidualNetwork.kernelChoice(net).name().option().equals(before.name());
    if (before.memoryPlan() == null || !sameKernel || FusedCpuKernel.requestedPlan().isPresent()) {
      return plan(net);
    }
    MemoryPlan.Kind kind = MemoryPlan.Kind.of(before.memoryPlan());
    MemoryPlan fastest = plan(net);
    if (fastest.kind() == kind) {
      return fastest;
    }
    MemoryPlan same = ResidualNetwork.memoryPlan(net, depth(), network.examples(), kind);
    boolean onDevice = ResidualNetwork.deviceFreeBytes(net).isPresent();
    // A device's free memory is for weights, too; what the fastest plan takes is free beside them.
    long room = onDevice ? fastest.bytes() : freeForActivations(net);
    if (same.bytes() <= room) {
      return onDevice ? same : same.within(room);
    }
    LOG.warn(
        "The memory plan this run was computed with does not fit any more ({}; {} MiB are free{}):"
            + " another is taken.",
        same.reason(),
        String.format(Locale.ROOT, "%.1f", freeForActivations(net) / MIB),
        onDevice ? " for them, weights and gradients" : "");
    return fastest;
  }

  private int depth() {
    return network.network().shape().depth();
  }

  /** A device's plans count the weights and gradients there themselves. */
  private long freeForActivations(MultiLayerNetwork net) {
    OptionalLong ofDevice = ResidualNetwork.deviceFreeBytes(net);
    return Math.max(
        0,
        ofDevice.isPresent()
            ? ofDevice.getAsLong() - network.blockStateBytes()
            : free - network.weightBytes());
  }
}
