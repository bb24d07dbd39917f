package org.fathom4j.block;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.api.layers.LayerConstraint;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.KernelChoice;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackShape;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * The running form of {@link ResidualStack}, and of single blocks as stacks of depth one.
 *
 * <p>What the backward pass needs of the forward pass is kept in the framework's activation
 * workspace (or in the kernel's own memory) until the backward pass has used it. Where there is
 * nothing kept, after an inference pass for instance, it is computed again.
 */
public final class ResidualLayer extends BaseLayer<ResidualConfiguration> {

  private static final long serialVersionUID = 1L;

  private transient Optional<KernelName> requestedKernel = Optional.empty();
  private transient Optional<MemoryPlan.Kind> requestedPlan = Optional.empty();
  private transient KernelChoice choice;
  private transient StackPath path;
  private transient BlockArrays blocks;
  private transient BlockArrays blockGradients;
  private transient DepthProbe probe;
  private transient Residency residency; // while the parameters live with the kernel, else null
  private transient INDArray keptFor; // the input whose forward pass the path has kept

  ResidualLayer(NeuralNetConfiguration conf, DataType dataType) {
    super(conf, dataType);
  }

  /** How many blocks this layer runs. */
  public int blocks() {
    return layerConf().blocks();
  }

  /** The kernel that runs the blocks, and why it was chosen. */
  public KernelChoice kernelChoice() {
    path();
    return choice;
  }

  /**
   * What a layer like this one would keep of a minibatch for the backward pass: the plan that is
   * the fastest to fit.
   *
   * @param depth blocks; {@link #blocks} for this layer
   * @param examples in the minibatch
   * @param freeBytes memory that activations may take
   * @throws org.fathom4j.kernel.InsufficientMemoryException if no plan fits
   */
  public MemoryPlan memoryPlan(int depth, int examples, long freeBytes) {
    Optional<StackKernel> raw = Kernels.rawKernel(kernelChoice().name());
    return raw.isPresent()
        ? raw.get().memoryPlan(shape(depth), examples, freeBytes)
        : nd4jPlan(depth, examples).within(freeBytes);
  }

  /**
   * Bytes that activations may take of the device that computes these blocks; empty if that is the
   * processor.
   */
  public OptionalLong deviceFreeBytes() {
    Optional<StackKernel> raw = Kernels.rawKernel(kernelChoice().name());
    return raw.isPresent() ? raw.get().deviceFreeBytes() : OptionalLong.empty();
  }

  /**
   * What a layer like this one would keep under one kind of plan, whether it fits or not.
   *
   * @throws IllegalArgumentException if these blocks, or their kernel, have no such plan
   */
  public MemoryPlan memoryPlan(int depth, int examples, MemoryPlan.Kind kind) {
    Optional<StackKernel> raw = Kernels.rawKernel(kernelChoice().name());
    if (raw.isPresent()) {
      return raw.get().keepingTo(kind).memoryPlan(shape(depth), examples, Long.MAX_VALUE);
    }
    MemoryPlan only = nd4jPlan(depth, examples);
    if (kind != only.kind()) {
      throw new IllegalArgumentException(
          "ND4J's operations keep all; they have no memory plan " + kind.option() + ".");
    }
    return only;
  }

  private MemoryPlan nd4jPlan(int depth, int examples) {
    ResidualConfiguration conf = layerConf();
    return Nd4jPath.memoryPlan(
        depth,
        conf.getNIn(),
        conf.kind() == BlockKind.LINEAR ? 0 : conf.effectiveHiddenWidth(),
        dataType.width(),
        examples);
  }

  /**
   * Keeps to one kind of memory plan for minibatches of every size; without this call the first
   * minibatch decides. A clone of the network does not inherit it.
   *
   * @throws IllegalArgumentException if these blocks, or their kernel, have no such plan; nothing
   *     changes then
   */
  public void useMemoryPlan(MemoryPlan.Kind kind) {
    memoryPlan(blocks(), 1, kind); // fails before anything changes
    requireNotSettled("useMemoryPlan");
    requestedPlan = Optional.of(kind);
    replacePath(null);
  }

  /**
   * Asks for one kernel instead of the fastest; a clone of the network does not inherit the choice.
   *
   * @throws IllegalArgumentException if that kernel cannot run these blocks here; the layer keeps
   *     the kernel it had
   */
  public void useKernel(KernelName name) {
    choose(Optional.of(name)); // fails before anything changes
    requireNotSettled("useKernel");
    requestedKernel = Optional.of(name);
    requestedPlan = Optional.empty(); // it was the other kernel's
    replacePath(null);
    path();
  }

  /**
   * Where this layer's parameters live while {@link Residents} has settled them with its kernel;
   * empty if the network's arrays hold them.
   */
  Optional<Residency> residency() {
    return Optional.ofNullable(residency);
  }

  /**
   * Moves the parameters to the kernel's own memory; whether they are there now.
   *
   * @return false if the kernel has none, or the layer has constraints, which the framework puts on
   *     the network's arrays
   */
  boolean settle() {
    if (residency == null) {
      List<LayerConstraint> constraints = layerConf().getConstraints();
      if (constraints != null && !constraints.isEmpty()) {
        return false;
      }
      Optional<ResidentStack> stack =
          kernel(kernelChoice()).flatMap(kernel -> kernel.resident(shape(blocks())));
      if (stack.isEmpty()) {
        return false;
      }
      try {
        residency = new Residency(stack.get(), () -> blocks(params), this::blockGradients);
      } catch (RuntimeException e) {
        stack.get().close();
        throw e;
      }
      replacePath(new ResidentPath(stack.get()));
    }
    return true;
  }

  /** Gives the kernel's memory back; the network's arrays stay as they are, even out of date. */
  void release() {
    if (residency != null) {
      residency.close();
      residency = null;
      replacePath(null);
    }
  }

  private void requireNotSettled(String what) {
    if (residency != null) {
      throw new IllegalStateException(
          "The parameters of layer "
              + layerConf().getLayerName()
              + " live with its kernel: call Residents.dismiss before "
              + what
              + ".");
    }
  }

  /**
   * Records norms along depth in every following pass, until called with null.
   *
   * @param probe for layers 0…{@link #blocks}
   */
  public void observe(DepthProbe probe) {
    this.probe = probe;
  }

  /** The probe that records at present; null if none does. */
  public DepthProbe observed() {
    return probe;
  }

  /**
   * Runs the blocks on a minibatch outside of training, and records norms.
   *
   * @param input Z_0, [N, D]
   * @param probe receives ‖z_l‖
   * @return Z_L, detached
   */
  @SuppressWarnings("try") // a workspace is left for the length of its scope
  public INDArray inspect(INDArray input, DepthProbe probe) {
    try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray rows = rows(input, LayerWorkspaceMgr.noWorkspaces(), ArrayType.FF_WORKING_MEM);
      INDArray output = Nd4j.createUninitialized(dataType, rows.shape(), 'c');
      if (residency != null) {
        forget(); // there is one place for what a forward pass keeps
      }
      StackPath inspecting = residency == null ? newPath() : path();
      inspecting.forward(blocks(params), rows, output, null, StackPath.Scratch.here(), probe);
      return output;
    }
  }

  /** The matrix of block l, from 0, under a key of {@link ResidualParams}, as a view. */
  public INDArray parameter(int l, String key) {
    residency().ifPresent(Residency::bringParameters);
    return ResidualParams.block(layerConf(), params.get(key), l);
  }

  /** The gradient, or after the updater the update, of block l under a key, as a view. */
  public INDArray gradientOf(int l, String key) {
    residency().ifPresent(Residency::bringGradients);
    return ResidualParams.block(layerConf(), gradientViews.get(key), l);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
    assertInputSet(false);
    requireMinibatch(input);
    INDArray output =
        workspaceMgr.createUninitialized(ArrayType.ACTIVATIONS, dataType, input.shape(), 'c');
    StackPath.Scratch kept =
        training ? StackPath.Scratch.in(workspaceMgr, ArrayType.ACTIVATIONS) : null;
    ArrayType copy = training ? ArrayType.ACTIVATIONS : ArrayType.FF_WORKING_MEM;
    forward(rows(input, workspaceMgr, copy), output, kept, ArrayType.FF_WORKING_MEM, workspaceMgr);
    return output;
  }

  @SuppressWarnings("try") // a workspace is open for the length of its scope
  private void forward(
      INDArray rows,
      INDArray output,
      StackPath.Scratch kept,
      ArrayType working,
      LayerWorkspaceMgr workspaceMgr) {
    keptFor = null;
    try (MemoryWorkspace scope = workspaceMgr.notifyScopeBorrowed(working)) {
      path().forward(blocks(params), rows, output, kept, StackPath.Scratch.here(), probe);
    }
    keptFor = kept == null ? null : input;
  }

  @Override
  @SuppressWarnings("try") // a workspace is open for the length of its scope
  public Pair<Gradient, INDArray> backpropGradient(
      INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
    assertInputSet(true);
    ArrayType working = ArrayType.BP_WORKING_MEM;
    INDArray rows = rows(input, workspaceMgr, working);
    INDArray outputGradient = rows(epsilon, workspaceMgr, working);
    if (keptFor != input || !path().keeps()) {
      INDArray output = workspaceMgr.createUninitialized(working, dataType, input.shape(), 'c');
      forward(rows, output, StackPath.Scratch.here(), working, workspaceMgr);
    }
    INDArray inputGradient =
        workspaceMgr.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
    try (MemoryWorkspace scope = workspaceMgr.notifyScopeBorrowed(working)) {
      path()
          .backward(
              blocks(params),
              rows,
              outputGradient,
              blockGradients(),
              inputGradient,
              StackPath.Scratch.here(),
              probe);
    }
    forget();
    residency().ifPresent(Residency::differentiated);
    Gradient gradient = new DefaultGradient();
    gradientViews.forEach((key, view) -> gradient.setGradientFor(key, view, 'c'));
    return new Pair<>(gradient, inputGradient);
  }

  private void requireMinibatch(INDArray minibatch) {
    if (minibatch.rank() != 2 || minibatch.size(1) != layerConf().getNIn()) {
      throw new DL4JInvalidInputException(
          String.format(
              "Residual blocks of width %d need a minibatch [examples, %d], but got an array of"
                  + " shape %s. Missing preprocessor or wrong input type? %s",
              layerConf().getNIn(),
              layerConf().getNIn(),
              Arrays.toString(minibatch.shape()),
              layerId()));
    }
  }

  /** The minibatch as [N, D] in C order without gaps, copied only if it is not so already. */
  private INDArray rows(INDArray minibatch, LayerWorkspaceMgr workspaceMgr, ArrayType type) {
    requireMinibatch(minibatch);
    long width = minibatch.size(1);
    boolean asStored =
        minibatch.dataType() == dataType
            && minibatch.stride(1) == 1
            && (minibatch.stride(0) == width || minibatch.size(0) == 1)
            && minibatch.ordering() == 'c';
    if (asStored) {
      return minibatch;
    }
    INDArray rows = workspaceMgr.createUninitialized(type, dataType, minibatch.shape(), 'c');
    return rows.assign(minibatch);
  }

  private StackPath path() {
    if (path == null) {
      path = newPath();
      keptFor = null;
    }
    return path;
  }

  private StackPath newPath() {
    choice = choose(requestedKernel);
    return kernel(choice)
        .<StackPath>map(kernel -> new KernelPath(kernel, shape(blocks())))
        .orElseGet(() -> new Nd4jPath(layerConf().getActivationFn()));
  }

  /** The raw kernel of a choice, keeping to the plan that was asked for; empty for ND4J's. */
  private Optional<StackKernel> kernel(KernelChoice choice) {
    return Kernels.rawKernel(choice.name())
        .map(kernel -> requestedPlan.map(kernel::keepingTo).orElse(kernel));
  }

  private void replacePath(StackPath other) {
    if (path != null) {
      path.close();
    }
    path = other;
    keptFor = null;
  }

  private StackShape shape(int depth) {
    ResidualConfiguration conf = layerConf();
    return new StackShape(
        conf.kind(),
        conf.getBranchForm(),
        depth,
        Math.toIntExact(conf.getNIn()),
        Math.toIntExact(conf.effectiveHiddenWidth()),
        knownActivation().orElseThrow(),
        dataType == DataType.FLOAT ? Precision.FLOAT : Precision.DOUBLE);
  }

  private KernelChoice choose(Optional<KernelName> requested) {
    boolean known = HostMemory.knows(dataType) && knownActivation().isPresent();
    Optional<StackShape> stack = known ? Optional.of(shape(blocks())) : Optional.empty();
    return Kernels.choose(requested, stack, HostMemory.isBackend());
  }

  private Optional<Activation> knownActivation() {
    return layerConf().kind() == BlockKind.LINEAR
        ? Optional.of(Activation.IDENTITY)
        : Activations.known(layerConf().getActivationFn());
  }

  private BlockArrays blocks(Map<String, INDArray> table) {
    if (blocks == null) {
      blocks = BlockArrays.of(layerConf(), table);
    }
    return blocks;
  }

  private BlockArrays blockGradients() {
    if (blockGradients == null) {
      blockGradients = BlockArrays.of(layerConf(), gradientViews);
    }
    return blockGradients;
  }

  private void forget() {
    keptFor = null;
    if (path != null) {
      path.clear();
    }
  }

  @Override
  public void clear() {
    super.clear();
    forget();
  }

  @Override
  public void setParamTable(Map<String, INDArray> paramTable) {
    super.setParamTable(paramTable);
    blocks = null;
    residency().ifPresent(Residency::write);
  }

  @Override
  public void setParam(String key, INDArray value) {
    residency().ifPresent(Residency::bringParameters); // the other keys'
    super.setParam(key, value);
    blocks = null;
    residency().ifPresent(Residency::write);
  }

  @Override
  public void setParamsViewArray(INDArray params) {
    requireNotSettled("setParamsViewArray");
    super.setParamsViewArray(params);
    blocks = null;
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray gradients) {
    requireNotSettled("setBackpropGradientsViewArray");
    super.setBackpropGradientsViewArray(gradients);
    blockGradients = null;
  }

  /** Copies a flat vector into the parameters, which lie in C order. */
  @Override
  public void setParams(INDArray params) {
    if (params != paramsFlattened) {
      setParams(params, 'c');
      residency().ifPresent(Residency::write);
    }
  }

  /** As the framework's, of weights that may be elsewhere. */
  @Override
  public double calcRegularizationScore(boolean backpropOnlyParams) {
    if (residency == null) {
      return super.calcRegularizationScore(backpropOnlyParams);
    }
    double score = 0;
    for (String key : params.keySet()) {
      List<Regularization> all = layerConf().getRegularizationByParam(key);
      for (Regularization regularization : all == null ? List.<Regularization>of() : all) {
        score +=
            regularization.score(
                weightsLike(regularization, key), getIterationCount(), getEpochCount());
      }
    }
    return score;
  }

  /** Weight decay asks for nothing but the norm of the weights: a single number that has it. */
  private INDArray weightsLike(Regularization regularization, String key) {
    if (regularization instanceof WeightDecay) {
      double squares = residency.stack().parameterSumOfSquares(ResidualParams.part(key));
      return Nd4j.scalar(DataType.DOUBLE, Math.sqrt(squares));
    }
    residency.bringParameters();
    return params.get(key);
  }

  /** The end of an iteration of {@code fit}. */
  @Override
  public void applyConstraints(int iteration, int epoch) {
    residency().ifPresent(settled -> settled.requireUpdated(layerConf().getLayerName()));
    super.applyConstraints(iteration, epoch);
  }

  @Override
  public long numParams() {
    return layerConf().initializer().numParams(layerConf());
  }

  @Override
  public boolean isPretrainLayer() {
    return false;
  }

  @Override
  public boolean hasBias() {
    return false;
  }

  @Override
  public void clearNoiseWeightParams() {
    // Weight noise is refused when the network is built.
  }
}
