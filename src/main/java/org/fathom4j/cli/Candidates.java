package org.fathom4j.cli;

import java.util.Iterator;
import java.util.List;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.init.Initializers;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.Schedule;
import org.fathom4j.train.ExperimentSpec;
import org.nd4j.linalg.activations.Activation;

/** What options may be set to, read from the catalogues, for the help and for the Tab key. */
abstract class Candidates implements Iterable<String> {

  private final List<String> words;

  Candidates(List<String> words) {
    this.words = words;
  }

  @Override
  public final Iterator<String> iterator() {
    return words.iterator();
  }

  static final class DataSets extends Candidates {
    DataSets() {
      super(Datasets.names());
    }
  }

  static final class Inputs extends Candidates {
    Inputs() {
      super(Names.of(Preprocessing.class));
    }
  }

  static final class Schedules extends Candidates {
    Schedules() {
      super(Names.of(Schedule.Decay.class));
    }
  }

  static final class InitializerNames extends Candidates {
    InitializerNames() {
      super(Initializers.names());
    }
  }

  static final class Activations extends Candidates {
    Activations() {
      super(Names.of(Activation.class));
    }
  }

  static final class Blocks extends Candidates {
    Blocks() {
      super(Names.of(NetworkSpec.Block.class));
    }
  }

  static final class Losses extends Candidates {
    Losses() {
      super(Names.of(Loss.class));
    }
  }

  static final class Layers extends Candidates {
    Layers() {
      super(Names.of(NetworkSpec.Layers.class));
    }
  }

  static final class Precisions extends Candidates {
    Precisions() {
      super(Names.of(NetworkSpec.Precision.class));
    }
  }

  static final class Optimizers extends Candidates {
    Optimizers() {
      super(Names.of(OptimizerSpec.Method.class));
    }
  }

  static final class Kernels extends Candidates {
    Kernels() {
      super(ExperimentSpec.kernels());
    }
  }
}
