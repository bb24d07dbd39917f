package org.fathom4j.block;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.ParameterUpdate;
import org.fathom4j.kernel.UpdateRange;
import org.fathom4j.kernel.UpdateRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.ops.transforms.Transforms;

/** An updater of Deeplearning4j as ranges of parameters that follow one rule each. */
final class UpdatePlan {

  private static final Set<Class<?>> RULES = Set.of(Sgd.class, Nesterovs.class, Adam.class);

  private final BaseMultiLayerUpdater<?> updater;
  private final DataType type;
  private final List<Segment> segments = new ArrayList<>();

  /**
   * A parameter of a layer: where it and its state lie in the network's flat views.
   *
   * @param rule its updater
   * @param decay null for none
   * @param secondState of rules that keep two numbers
   */
  record Variable(
      Trainable layer,
      String key,
      IUpdater rule,
      WeightDecay decay,
      long from,
      long length,
      long firstState,
      long secondState) {

    /** Whether it lives with its layer's kernel, not in the network's arrays. */
    boolean isResident() {
      return layer instanceof ResidualLayer residual && residual.residency().isPresent();
    }
  }

  /**
   * Neighbouring parameters with one configuration.
   *
   * @param first the first variable, which all others follow without a gap
   * @param length how many numbers
   */
  private record Segment(Variable first, long length) {}

  /** The plan of an updater that has no {@link #obstacle}. */
  UpdatePlan(BaseMultiLayerUpdater<?> updater) {
    this.updater = updater;
    type = updater.getFlattenedGradientsView().dataType();
    updater.getUpdaterBlocks().forEach(this::add);
  }

  /** Cuts a block of equal updaters where the decay changes, and around what lives elsewhere. */
  private void add(UpdaterBlock block) {
    List<Variable> all = variables(block);
    int first = 0;
    for (int i = 1; i <= all.size(); i++) {
      if (i == all.size()
          || all.get(first).isResident()
          || all.get(i).isResident()
          || !Objects.equals(all.get(first).decay(), all.get(i).decay())) {
        Variable last = all.get(i - 1);
        segments.add(
            new Segment(all.get(first), last.from() + last.length() - all.get(first).from()));
        first = i;
      }
    }
  }

  /** All parameters of an updater's network, in the order of its flat view. */
  static List<Variable> variables(BaseMultiLayerUpdater<?> updater) {
    return updater.getUpdaterBlocks().stream().flatMap(block -> variables(block).stream()).toList();
  }

  private static List<Variable> variables(UpdaterBlock block) {
    List<Variable> variables = new ArrayList<>();
    long blockLength = block.getParamOffsetEnd() - block.getParamOffsetStart();
    for (UpdaterBlock.ParamState variable : block.getLayersAndVariablesInBlock()) {
      long from = variable.getParamOffsetStart();
      long state = block.getUpdaterViewOffsetStart() + from - block.getParamOffsetStart();
      variables.add(
          new Variable(
              variable.getLayer(),
              variable.getParamName(),
              block.getGradientUpdater().getConfig(),
              decay(variable),
              from,
              variable.getParamOffsetEnd() - from,
              state,
              state + blockLength));
    }
    return variables;
  }

  private static WeightDecay decay(UpdaterBlock.ParamState variable) {
    List<Regularization> all = regularizations(variable);
    return all.isEmpty() ? null : (WeightDecay) all.get(0);
  }

  private static List<Regularization> regularizations(UpdaterBlock.ParamState variable) {
    List<Regularization> all =
        variable.getLayer().getConfig().getRegularizationByParam(variable.getParamName());
    return all == null ? List.of() : all;
  }

  /** Threads and vectors of the pass, in words. */
  static String describe() {
    return ParameterUpdate.fastest().describe();
  }

  /** Why an updater cannot be done in one pass; empty if it can. */
  static Optional<String> obstacle(BaseMultiLayerUpdater<?> updater, INDArray parameters) {
    if (parameters.length() == 0) {
      return Optional.of("The network has no parameters.");
    }
    INDArray gradient = updater.getFlattenedGradientsView();
    INDArray state = updater.getStateViewArray();
    for (INDArray array : new INDArray[] {parameters, gradient, state}) {
      if (array == null) {
        continue; // only gradient descent has no state
      }
      if (array.dataType() != parameters.dataType() || !HostMemory.knows(array.dataType())) {
        return Optional.of(
            "Parameters, gradient and state must be all FLOAT or all DOUBLE, but "
                + array.dataType()
                + " is among them.");
      }
      if (!HostMemory.isDense(array)) {
        return Optional.of("Its parameters, gradient or state do not lie one after another.");
      }
    }
    for (UpdaterBlock block : updater.getUpdaterBlocks()) {
      IUpdater rule = block.getGradientUpdater().getConfig();
      for (UpdaterBlock.ParamState variable : block.getLayersAndVariablesInBlock()) {
        Optional<String> obstacle = obstacle(rule, variable);
        if (obstacle.isPresent()) {
          String layer = variable.getLayer().getConfig().getLayerName();
          return Optional.of(
              String.format(
                  "Parameter %s of layer %s %s.", variable.getParamName(), layer, obstacle.get()));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> obstacle(IUpdater rule, UpdaterBlock.ParamState variable) {
    Trainable layer = variable.getLayer();
    String name = variable.getParamName();
    if (!RULES.contains(rule.getClass())) {
      return Optional.of(
          "is updated by " + rule.getClass().getSimpleName() + ", not by Sgd, Nesterovs or Adam");
    }
    if (layer.getConfig().isPretrainParam(name)) {
      return Optional.of("is left out of supervised training");
    }
    if (!layer.updaterDivideByMinibatch(name)) {
      return Optional.of("has a gradient that is not divided by the minibatch");
    }
    GradientNormalization normalization = layer.getConfig().getGradientNormalization();
    if (normalization != null && normalization != GradientNormalization.None) {
      return Optional.of("has its gradient normalized (" + normalization + ")");
    }
    List<Regularization> regularizations = regularizations(variable);
    if (regularizations.size() > 1) {
      return Optional.of(
          "is regularized "
              + regularizations.size()
              + " times; set weight decay layer by layer, Deeplearning4j adds what is set for the"
              + " whole network twice");
    }
    for (Regularization regularization : regularizations) {
      if (regularization.getClass() != WeightDecay.class) {
        return Optional.of(
            "is regularized by "
                + regularization.getClass().getSimpleName()
                + ", not by WeightDecay");
      }
    }
    return Optional.empty();
  }

  /**
   * The update of one iteration, with the rates of its schedules.
   *
   * @param examples what the gradient is divided by
   */
  Work at(int iteration, int epoch, int examples) {
    List<UpdateRange> ranges = new ArrayList<>(segments.size());
    List<ResidentUpdate> residents = new ArrayList<>();
    AdamSteps adamSteps = new AdamSteps(type, iteration);
    for (Segment segment : segments) {
      Variable first = segment.first();
      double rate = first.rule().getLearningRate(iteration, epoch);
      OptionalDouble decay = OptionalDouble.empty();
      if (first.decay() != null) {
        double coefficient = first.decay().getCoeff().valueAt(iteration, epoch);
        decay = OptionalDouble.of(first.decay().isApplyLR() ? coefficient * rate : coefficient);
      }
      UpdateRule rule;
      if (first.rule() instanceof Nesterovs nesterovs) {
        rule = new UpdateRule.Nesterovs(rate, nesterovs.currentMomentum(iteration, epoch));
      } else if (first.rule() instanceof Adam adam) {
        rule = adamSteps.rule(adam, rate);
      } else {
        rule = new UpdateRule.Sgd(rate);
      }
      UpdateRange range =
          new UpdateRange(
              first.from(),
              segment.length(),
              first.firstState(),
              first.secondState(),
              rule,
              examples,
              decay);
      if (first.isResident()) {
        residents.add(new ResidentUpdate((ResidualLayer) first.layer(), first.key(), range));
      } else {
        ranges.add(range);
      }
    }
    return new Work(ranges, residents);
  }

  /** The update of a parameter that lives with its layer's kernel. */
  private record ResidentUpdate(ResidualLayer layer, String key, UpdateRange range) {

    void run() {
      layer
          .residency()
          .orElseThrow()
          .update(ResidualParams.part(key), range.rule(), range.examples(), range.decay());
    }
  }

  /** The update of one iteration, ready to run. */
  final class Work {

    private final List<UpdateRange> ranges;
    private final List<ResidentUpdate> residents;

    private Work(List<UpdateRange> ranges, List<ResidentUpdate> residents) {
      this.ranges = ranges;
      this.residents = residents;
    }

    /** Parameters and state step; the gradient becomes the update. */
    void run(INDArray parameters, INDArray gradient) {
      INDArray state = updater.getStateViewArray();
      NativeVector stateMemory = state == null ? null : HostMemory.of(state);
      ParameterUpdate.fastest()
          .apply(HostMemory.of(parameters), HostMemory.of(gradient), stateMemory, ranges);
      Reference.reachabilityFence(parameters);
      Reference.reachabilityFence(gradient);
      Reference.reachabilityFence(state);
      residents.forEach(ResidentUpdate::run);
    }
  }

  /**
   * The step length of Adam, rounded as libnd4j 1.0.0-M2.1 rounds it: powers in the stored
   * precision by the C library, which ND4J is asked for, since Java's differ in the last bit; the
   * rest in double, but for the root.
   */
  private static final class AdamSteps {

    private final DataType type;
    private final Number update; // t
    private final Map<Double, Double> powers = new HashMap<>();

    AdamSteps(DataType type, int iteration) {
      this.type = type;
      update = type == DataType.FLOAT ? (Number) ((float) iteration + 1) : iteration + 1.0;
    }

    UpdateRule.Adam rule(Adam adam, double rate) {
      double numerator = round(rate) * round(Math.sqrt(round(1 - power(adam.getBeta2()))));
      double step = round(round(numerator) / (1 - power(adam.getBeta1())));
      if (Double.isNaN(step) || Double.isInfinite(step) || step == 0) {
        step = adam.getEpsilon(); // as libnd4j does: a rate of 0 does not stand still
      }
      return new UpdateRule.Adam(step, adam.getBeta1(), adam.getBeta2(), adam.getEpsilon());
    }

    private double power(double beta) {
      return powers.computeIfAbsent(
          beta, b -> Transforms.pow(Nd4j.scalar(type, b), update, true).getDouble(0));
    }

    private double round(double exact) {
      return type == DataType.FLOAT ? (float) exact : exact;
    }
  }
}
