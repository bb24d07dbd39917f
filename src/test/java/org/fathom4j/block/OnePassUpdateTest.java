package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.stepfunctions.NegativeDefaultStepFunction;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.solvers.accumulation.GradientsAccumulator;
import org.deeplearning4j.util.ModelSerializer;
import org.fathom4j.kernel.BranchForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.WeightDecay;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class OnePassUpdateTest {

  private static final int UPDATES = 20;

  /** ND4J's binary for plain x86-64 rounds every operation; others may fuse two of them. */
  private static final boolean SAME_BITS = "amd64".equals(System.getProperty("os.arch"));

  private record Case(String name, Nets.Setting setting, boolean mixed) {

    Layer[] layers() {
      ResidualBlock first = Nets.block();
      ResidualBlock second = Nets.scaled(Nets.block(), BranchForm.SCALED_AND_BIASED);
      second.setScalarLearningRateMultiplier(0.1);
      if (mixed) {
        second.setIUpdater(new Nesterovs(0.005, 0.8));
        first.setRegularization(List.of(new WeightDecay(0.2, true)));
        second.setRegularization(List.of(new WeightDecay(0.03, false)));
      }
      ResidualStack stack = Nets.scaled(Nets.stack(3), BranchForm.SCALED);
      return new Layer[] {first, second, stack, Nets.linearBlock()};
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    // The rate ends at 0, where Adam of Deeplearning4j goes on in steps of ε.
    ISchedule falling = new PolySchedule(ScheduleType.ITERATION, 0.01, 1, UPDATES - 2);
    ISchedule slowly = new PolySchedule(ScheduleType.ITERATION, 0.002, 1, UPDATES - 2);
    ISchedule momentum = new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.5, 9, 0.95));
    Map<String, IUpdater> rules =
        new TreeMap<>(
            Map.of(
                "sgd", new Sgd(0.01),
                "sgd, falling rate", new Sgd(falling),
                "nesterovs", new Nesterovs(0.002, 0.9),
                "nesterovs, schedules", new Nesterovs(slowly, momentum),
                "adam", new Adam(0.01),
                "adam, falling rate", new Adam(falling)));
    List<Case> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      Nets.Setting base = Nets.Setting.of(type);
      rules.forEach(
          (name, rule) -> {
            cases.add(new Case(type + " " + name, base.with(rule), false));
            cases.add(
                new Case(type + " " + name + ", decay, layers differ", base.with(rule), true));
            cases.add(
                new Case(
                    type + " " + name + ", sums",
                    base.with(rule).with(b -> b.miniBatch(false)),
                    false));
          });
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void a_network_is_trained_as_by_the_stock_updater(Case c) {
    MultiLayerNetwork stock = Nets.network(c.setting(), c.layers());
    MultiLayerNetwork onePass = Nets.network(c.setting(), c.layers());
    installed(onePass);
    DataSet data = Nets.data(c.setting().type());
    double[] start = Nets.numbers(onePass.params());
    for (int i = 0; i < UPDATES; i++) {
      stock.fit(data);
      onePass.fit(data);
      // What listeners and the training UI show as the update.
      assertSame(onePass.getFlattenedGradients(), stock.getFlattenedGradients());
    }
    assertThat(Nets.numbers(onePass.params())).isNotEqualTo(start).doesNotContain(Double.NaN);
    assertSame(onePass.params(), stock.params());
    assertSame(onePass.updaterState(), stock.updaterState());
    assertThat(onePass.getIterationCount()).isEqualTo(UPDATES);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void a_graph_is_trained_as_by_the_stock_updater(Case c) {
    ComputationGraph stock = Nets.graph(c.setting(), c.layers());
    ComputationGraph onePass = Nets.graph(c.setting(), c.layers());
    OnePassUpdate.Choice choice = OnePassUpdate.install(onePass);
    assertThat(choice.installed()).as(choice.reason()).isTrue();
    DataSet data = Nets.data(c.setting().type());
    for (int i = 0; i < UPDATES; i++) {
      stock.fit(data);
      onePass.fit(data);
    }
    assertSame(onePass.params(), stock.params());
    assertSame(onePass.getUpdater().getStateViewArray(), stock.getUpdater().getStateViewArray());
    assertSame(onePass.getFlattenedGradients(), stock.getFlattenedGradients());
  }

  private static void installed(MultiLayerNetwork network) {
    OnePassUpdate.Choice choice = OnePassUpdate.install(network);
    assertThat(choice.installed()).as(choice.reason()).isTrue();
    assertThat(choice.reason()).startsWith("One pass over memory").contains("thread");
  }

  /** Equal bits, or what some 20 updates make of a rounding more or less in each. */
  private static void assertSame(INDArray found, INDArray expected) {
    if (expected == null) {
      assertThat(found).isNull();
      return;
    }
    double[] numbers = Nets.numbers(found);
    double[] others = Nets.numbers(expected);
    if (SAME_BITS) {
      assertThat(numbers).isEqualTo(others);
      return;
    }
    double unit = found.dataType() == DataType.FLOAT ? 0x1p-24 : 0x1p-53;
    for (int i = 0; i < numbers.length; i++) {
      assertThat(Math.abs(numbers[i] - others[i]))
          .isLessThanOrEqualTo(1000 * unit * Math.max(1, Math.abs(others[i])));
    }
  }

  @Test
  void a_saved_network_goes_on_with_the_stock_updater(@TempDir Path folder) throws IOException {
    for (IUpdater rule : List.of(new Sgd(0.1), new Nesterovs(0.05, 0.9), new Adam(0.01))) {
      Nets.Setting setting = Nets.Setting.of(DataType.FLOAT).with(rule);
      MultiLayerNetwork stock = Nets.network(setting, Nets.stack(3));
      MultiLayerNetwork onePass = Nets.network(setting, Nets.stack(3));
      installed(onePass);
      DataSet data = Nets.data(DataType.FLOAT);
      fit(3, data, stock, onePass);
      File file = folder.resolve("model.zip").toFile();
      ModelSerializer.writeModel(onePass, file, true);
      MultiLayerNetwork restored = ModelSerializer.restoreMultiLayerNetwork(file, true);
      MultiLayerNetwork again = ModelSerializer.restoreMultiLayerNetwork(file, true);
      assertThat(restored.getUpdater()).isExactlyInstanceOf(MultiLayerUpdater.class);
      installed(again);
      fit(3, data, stock, onePass, restored, again);
      for (MultiLayerNetwork network : List.of(onePass, restored, again)) {
        assertSame(network.params(), stock.params());
        assertSame(network.updaterState(), stock.updaterState());
      }
    }
  }

  private static void fit(int times, DataSet data, MultiLayerNetwork... networks) {
    for (int i = 0; i < times; i++) {
      for (MultiLayerNetwork network : networks) {
        network.fit(data);
      }
    }
  }

  @Test
  void the_state_survives_a_second_installation() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    DataSet data = Nets.data(DataType.FLOAT);
    fit(2, data, stock, onePass);
    installed(onePass);
    fit(2, data, stock, onePass);
    installed(onePass);
    fit(2, data, stock, onePass);
    assertSame(onePass.params(), stock.params());
    assertSame(onePass.updaterState(), stock.updaterState());
  }

  @Test
  void a_clone_trains_as_its_original() {
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    DataSet data = Nets.data(DataType.FLOAT);
    fit(3, data, onePass);
    MultiLayerNetwork clone = onePass.clone();
    fit(3, data, onePass, clone);
    assertSame(clone.params(), onePass.params());
  }

  @Test
  void a_new_learning_rate_brings_the_stock_updater_back_with_the_same_results() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    DataSet data = Nets.data(DataType.FLOAT);
    fit(3, data, stock, onePass);
    stock.setLearningRate(0.003);
    onePass.setLearningRate(0.003);
    assertThat(onePass.getUpdater()).isExactlyInstanceOf(MultiLayerUpdater.class);
    fit(3, data, stock, onePass);
    assertSame(onePass.params(), stock.params());
    installed(onePass);
    fit(3, data, stock, onePass);
    assertSame(onePass.params(), stock.params());
  }

  @Test
  void an_updater_without_its_step_does_the_work_itself() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    onePass.setGradientsAccumulator(null);
    fit(3, Nets.data(DataType.FLOAT), stock, onePass);
    assertSame(onePass.params(), stock.params());
  }

  @Test
  void a_cleared_network_goes_on_like_a_stock_one() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    DataSet data = Nets.data(DataType.FLOAT);
    fit(3, data, stock, onePass);
    stock.clear();
    onePass.clear();
    fit(3, data, stock, onePass);
    assertSame(onePass.params(), stock.params());
  }

  @Test
  void update_called_outside_of_fit_gives_the_update_at_once() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    fit(1, Nets.data(DataType.FLOAT), stock, onePass);
    for (MultiLayerNetwork network : List.of(stock, onePass)) {
      INDArray gradient = network.getFlattenedGradients();
      gradient.assign(Nd4j.linspace(DataType.FLOAT, -1, 0.01, network.numParams()));
      network
          .getUpdater()
          .update(
              network,
              new DefaultGradient(gradient),
              1,
              0,
              Nets.EXAMPLES,
              LayerWorkspaceMgr.noWorkspaces());
    }
    assertSame(onePass.getFlattenedGradients(), stock.getFlattenedGradients());
    assertSame(onePass.updaterState(), stock.updaterState());
    assertSame(onePass.params(), stock.params());
  }

  /** Writes down which hook is called, with the parameters of that moment. */
  private static final class Diary extends BaseTrainingListener {

    private final List<String> entries = new ArrayList<>();

    private void note(String hook, Model model) {
      entries.add(hook + " " + List.of(Nets.numbers(model.params())[0], model.score()));
    }

    @Override
    public void onForwardPass(Model model, List<INDArray> activations) {
      note("forward", model);
    }

    @Override
    public void onBackwardPass(Model model) {
      note("backward", model);
    }

    @Override
    public void onGradientCalculation(Model model) {
      note("gradient", model);
    }

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
      note("done " + iteration + " " + epoch, model);
    }
  }

  @Test
  void listeners_see_what_they_see_with_the_stock_updater() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    Diary expected = new Diary();
    Diary found = new Diary();
    stock.setListeners(expected);
    onePass.setListeners(found);
    fit(3, Nets.data(DataType.FLOAT), stock, onePass);
    assertThat(found.entries).hasSize(12).isEqualTo(expected.entries);
  }

  @Test
  void a_listener_that_throws_before_the_update_leaves_parameters_and_state_alone() {
    MultiLayerNetwork stock = adam();
    MultiLayerNetwork onePass = adam();
    installed(onePass);
    DataSet data = Nets.data(DataType.FLOAT);
    fit(2, data, stock, onePass);
    onePass.setListeners(
        new BaseTrainingListener() {
          @Override
          public void onGradientCalculation(Model model) {
            throw new IllegalStateException("stop");
          }
        });
    assertThatThrownBy(() -> onePass.fit(data)).hasMessage("stop");
    assertSame(onePass.params(), stock.params());
    assertSame(onePass.updaterState(), stock.updaterState());
    onePass.setListeners(List.of());
    fit(2, data, stock, onePass);
    assertSame(onePass.params(), stock.params());
  }

  private static MultiLayerNetwork adam() {
    Nets.Setting setting = Nets.Setting.of(DataType.FLOAT).with(new Adam(0.01));
    return Nets.network(setting, Nets.block(), Nets.stack(3));
  }

  private record Refusal(Nets.Setting setting, String reason) {
    @Override
    public String toString() {
      return reason;
    }
  }

  @SuppressWarnings("deprecation") // step functions are, but their configuration is still read
  static Stream<Refusal> refusals() {
    Nets.Setting base = Nets.Setting.of(DataType.FLOAT);
    return Stream.of(
        new Refusal(
            base.with(new RmsProp(0.01)),
            "Parameter W of layer layer0 is updated by RmsProp, not by Sgd, Nesterovs or Adam."),
        new Refusal(
            base.with(b -> b.l2(0.01)),
            "Parameter W of layer layer0 is regularized by L2Regularization, not by WeightDecay."),
        new Refusal(
            base.with(b -> b.weightDecay(0.01)),
            "Parameter W of layer layer0 is regularized 2 times; set weight decay layer by layer,"
                + " Deeplearning4j adds what is set for the whole network twice."),
        new Refusal(
            base.with(b -> b.l1(0.01)),
            "Parameter W of layer layer0 is regularized by L1Regularization, not by WeightDecay."),
        new Refusal(
            base.with(b -> b.gradientNormalization(GradientNormalization.ClipL2PerLayer)),
            "Parameter W of layer layer0 has its gradient normalized (ClipL2PerLayer)."),
        new Refusal(
            base.with(b -> b.optimizationAlgo(OptimizationAlgorithm.LINE_GRADIENT_DESCENT)),
            "Training is not plain stochastic gradient descent, but by LineGradientDescent with"
                + " the step function NegativeDefaultStepFunction."),
        new Refusal(
            base.with(b -> b.stepFunction(new NegativeDefaultStepFunction())),
            "Training is not plain stochastic gradient descent, but by StochasticGradientDescent"
                + " with the step function NegativeDefaultStepFunction."),
        new Refusal(
            Nets.Setting.of(DataType.FLOAT16),
            "Parameters, gradient and state must be all FLOAT or all DOUBLE, but HALF is among"
                + " them."));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void what_does_not_qualify_keeps_its_updater_and_is_told_why(Refusal refusal) {
    MultiLayerNetwork network = Nets.network(refusal.setting());
    OnePassUpdate.Choice choice = OnePassUpdate.install(network);
    assertThat(choice).isEqualTo(new OnePassUpdate.Choice(false, refusal.reason()));
    assertThat(network.getUpdater()).isExactlyInstanceOf(MultiLayerUpdater.class);
    assertThat(network.getOptimizer().getGradientsAccumulator()).isNull();
  }

  @Test
  void a_gradients_accumulator_of_somebody_else_is_not_replaced() {
    MultiLayerNetwork network = adam();
    GradientsAccumulator other =
        (GradientsAccumulator)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {GradientsAccumulator.class},
                (proxy, method, arguments) -> null);
    network.setGradientsAccumulator(other);
    OnePassUpdate.Choice choice = OnePassUpdate.install(network);
    assertThat(choice.installed()).isFalse();
    assertThat(choice.reason()).startsWith("A gradients accumulator is set already");
    assertThat(network.getOptimizer().getGradientsAccumulator()).isSameAs(other);
  }

  private static final class Foreign extends MultiLayerUpdater {

    private static final long serialVersionUID = 1L;

    Foreign(MultiLayerNetwork network) {
      super(network);
    }
  }

  @Test
  void an_updater_of_somebody_else_is_not_replaced() {
    MultiLayerNetwork network = adam();
    network.setUpdater(new Foreign(network));
    OnePassUpdate.Choice choice = OnePassUpdate.install(network);
    assertThat(choice.installed()).isFalse();
    assertThat(choice.reason()).startsWith("Its updater is not Deeplearning4j's own");
  }
}
