package org.fathom4j.bench;

import java.util.List;
import java.util.Optional;
import org.fathom4j.kernel.KernelName;

/** What a process of the peers can be: one implementation of a stack, at its best. */
enum Side {
  /** A kernel of this project. */
  OURS {
    @Override
    StackIteration stack(BenchSpec spec, KernelName kernel) {
      return Bench.stack(spec, kernel);
    }

    @Override
    String describe(KernelName kernel) {
      return kernel.option();
    }
  },

  /** The whole network around a kernel of this project. */
  NETWORK {
    @Override
    StackIteration stack(BenchSpec spec, KernelName kernel) {
      return Bench.stack(spec, kernel);
    }

    @Override
    Built build(BenchSpec spec, KernelName kernel) {
      return new Built(new WholeNetwork(spec, kernel)::run, Optional.empty());
    }

    @Override
    String describe(KernelName kernel) {
      return "the whole network on " + kernel.option();
    }
  },

  /** PyTorch through DJL. */
  PYTORCH {
    @Override
    StackIteration stack(BenchSpec spec, KernelName kernel) {
      return new PyTorchStack(spec);
    }

    @Override
    String describe(KernelName kernel) {
      return "PyTorch " + PyTorchStack.version() + " through DJL";
    }

    /** Spinning saves the time of waking, on cores that nobody else wants. */
    @Override
    List<PeerSetting> settings(int cores) {
      return distinct(
          new PeerSetting(cores, PeerSetting.Waiting.SPIN),
          new PeerSetting(cores, PeerSetting.Waiting.SPIN_BRIEFLY),
          new PeerSetting(1, PeerSetting.Waiting.SLEEP));
    }
  },

  /** Layers of plain Deeplearning4j with this project's updater: the stock one is cubic in depth. */
  DL4J {
    @Override
    StackIteration stack(BenchSpec spec, KernelName kernel) {
      return new PlainDl4jStack(spec, true);
    }

    @Override
    String describe(KernelName kernel) {
      return "dense layers with FlatUpdater";
    }

    @Override
    List<PeerSetting> settings(int cores) {
      return distinct(
          new PeerSetting(1, PeerSetting.Waiting.SLEEP),
          new PeerSetting(cores, PeerSetting.Waiting.SPIN_BRIEFLY),
          new PeerSetting(cores, PeerSetting.Waiting.SLEEP));
    }
  },

  /** Layers of plain Deeplearning4j as they come. */
  DL4J_STOCK {
    @Override
    StackIteration stack(BenchSpec spec, KernelName kernel) {
      return new PlainDl4jStack(spec, false);
    }

    @Override
    String describe(KernelName kernel) {
      return "dense layers with the stock updater";
    }
  };

  /** The stack, or the one within: its answers are checked, and its time predicted. */
  abstract StackIteration stack(BenchSpec spec, KernelName kernel);

  /** What it is, with its version, for the note of a figure. */
  abstract String describe(KernelName kernel);

  /**
   * What is timed.
   *
   * @param stack present if it is a stack alone
   */
  record Built(Runnable iteration, Optional<StackIteration> stack) {}

  /** Builds what is timed. */
  Built build(BenchSpec spec, KernelName kernel) {
    StackIteration stack = stack(spec, kernel);
    return new Built(stack::run, Optional.of(stack));
  }

  /** Those of which the fastest is to be found; one if it is known. */
  List<PeerSetting> settings(int cores) {
    return List.of(PeerSetting.LAUNCHER);
  }

  private static List<PeerSetting> distinct(PeerSetting... settings) {
    return List.of(settings).stream().distinct().toList();
  }
}
