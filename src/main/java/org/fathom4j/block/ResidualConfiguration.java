package org.fathom4j.block;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.exception.DL4JInvalidConfigException;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * What {@link ResidualBlock}, {@link LinearResidualBlock} and {@link ResidualStack} have in common:
 * a residual stream of width D = nIn = nOut to which blocks add.
 *
 * <p>Everything that a feed-forward layer of Deeplearning4j can be told works here (activation,
 * updater, weight decay, gradient normalization), except what would damage the residual stream:
 * dropout and weight noise are refused when the network is built, since Deeplearning4j applies
 * dropout to the layer's input, hence to the skip path too.
 *
 * <p>The branch scalars of a scheme (Fixup, ReZero) are stored under the key {@code SW}. They count
 * as biases: no weight decay reaches them, and the bias updater if one is set; their learning rate
 * is multiplied by the scheme's factor.
 */
public abstract class ResidualConfiguration extends FeedForwardLayer {

  private static final long serialVersionUID = 1L;

  private int hiddenWidth;
  private InitializationScheme initialization;
  private int networkDepth;
  private BranchForm branchForm = BranchForm.PLAIN;
  private double scalarLearningRateMultiplier = 1;

  /** For the framework's JSON. */
  protected ResidualConfiguration() {}

  ResidualConfiguration(Builder<?> builder) {
    super(builder);
    hiddenWidth = builder.hiddenWidth;
    initialization = builder.initialization;
    networkDepth = builder.networkDepth;
    initializeConstraints(builder);
  }

  /** Takes the branch scalars over from the scheme; called when depth and kind are known. */
  final void adoptScalars(BlockKind kind) {
    if (initialization == null) {
      return;
    }
    ResidualParams.scalarsOf(this)
        .ifPresent(
            scalars -> {
              boolean biased = scalars.biases() && kind == BlockKind.NONLINEAR;
              branchForm = biased ? BranchForm.SCALED_AND_BIASED : BranchForm.SCALED;
              scalarLearningRateMultiplier = scalars.learningRateMultiplier();
            });
  }

  /** Nonlinear blocks z + Uσ(Vz), or linear ones z + Az. */
  abstract BlockKind kind();

  /** How many blocks this layer is. */
  abstract int blocks();

  /** Hidden width M; 0 stands for as wide as the stream. */
  public int getHiddenWidth() {
    return hiddenWidth;
  }

  public void setHiddenWidth(int hiddenWidth) {
    this.hiddenWidth = hiddenWidth;
  }

  /** The scheme all blocks start from; null means the layer's {@code weightInit}. */
  public InitializationScheme getInitialization() {
    return initialization;
  }

  public void setInitialization(InitializationScheme initialization) {
    this.initialization = initialization;
  }

  /** L of the whole network, as the scheme sees it; 0 stands for the blocks of this layer. */
  public int getNetworkDepth() {
    return networkDepth;
  }

  public void setNetworkDepth(int networkDepth) {
    this.networkDepth = networkDepth;
  }

  /** The trainable scalars of each branch. */
  public BranchForm getBranchForm() {
    return branchForm;
  }

  public void setBranchForm(BranchForm branchForm) {
    this.branchForm = branchForm;
  }

  /** Factor on the learning rate of the branch scalars. */
  public double getScalarLearningRateMultiplier() {
    return scalarLearningRateMultiplier;
  }

  public void setScalarLearningRateMultiplier(double scalarLearningRateMultiplier) {
    this.scalarLearningRateMultiplier = scalarLearningRateMultiplier;
  }

  /** M, with its default filled in. */
  final long effectiveHiddenWidth() {
    return kind() == BlockKind.LINEAR || hiddenWidth == 0 ? nIn : hiddenWidth;
  }

  /** L, with its default filled in. */
  final int effectiveNetworkDepth() {
    return networkDepth == 0 ? blocks() : networkDepth;
  }

  @Override
  public void setNIn(InputType inputType, boolean override) {
    long before = nIn;
    super.setNIn(inputType, override);
    if (nOut == 0 || (nOut == before && before == 0)) {
      nOut = nIn;
    }
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> trainingListeners,
      int layerIndex,
      INDArray layerParamsView,
      boolean initializeParams,
      DataType networkDataType) {
    requireValid(layerIndex);
    ResidualLayer layer = new ResidualLayer(conf, networkDataType);
    layer.setListeners(trainingListeners);
    layer.setIndex(layerIndex);
    layer.setParamsViewArray(layerParamsView);
    Map<String, INDArray> paramTable = initializer().init(conf, layerParamsView, initializeParams);
    layer.setParamTable(paramTable);
    layer.setConf(conf);
    return layer;
  }

  private void requireValid(int layerIndex) {
    String who =
        String.format(
            "%s (index=%d, name=%s)", getClass().getSimpleName(), layerIndex, getLayerName());
    if (nIn <= 0) {
      throw new DL4JInvalidConfigException(
          who
              + " does not know its width: set nIn, or give the network an input type with"
              + " setInputType(InputType.feedForward(n)).");
    }
    if (nIn != nOut) {
      throw new DL4JInvalidConfigException(
          String.format(
              "%s cannot add its output to its input: nIn=%d but nOut=%d. Set nOut=%d, or put a"
                  + " DenseLayer of width %d before the first block.",
              who, nIn, nOut, nIn, nOut));
    }
    if (nIn > Integer.MAX_VALUE || hiddenWidth < 0 || blocks() < 1 || networkDepth < 0) {
      throw new DL4JInvalidConfigException(
          String.format(
              "%s needs a positive width, hidden width and depth, but has width %d, hidden width"
                  + " %d, depth %d, network depth %d. Set depth to at least 1; hidden width and"
                  + " network depth may be left out.",
              who, nIn, hiddenWidth, blocks(), networkDepth));
    }
    if (kind() == BlockKind.NONLINEAR && getActivationFn() instanceof ActivationRReLU) {
      throw new DL4JInvalidConfigException(
          who
              + " refuses the randomized ReLU: it draws new slopes at every call and keeps only the"
              + " last ones, so no gradient could belong to the output. Use LEAKYRELU.");
    }
    if (getIDropout() != null) {
      throw new DL4JInvalidConfigException(
          who
              + " refuses dropout: it would drop components of the residual stream itself, skip path"
              + " included. Remove dropOut(...) from this layer or from the global configuration,"
              + " or put a DropoutLayer before the stack.");
    }
    if (getWeightNoise() != null) {
      throw new DL4JInvalidConfigException(
          who
              + " refuses weight noise: its laws of initialization speak of the weights alone."
              + " Remove weightNoise(...) from this layer or from the global configuration.");
    }
    if (getConstraints() != null && !getConstraints().isEmpty() && blocks() > 1) {
      throw new DL4JInvalidConfigException(
          who
              + " refuses constraints: its parameter arrays hold all blocks, so a norm along a"
              + " dimension would mix them. Use single ResidualBlock layers for constraints.");
    }
    if (effectiveNetworkDepth() < blocks()) {
      throw new DL4JInvalidConfigException(
          String.format(
              "%s has %d blocks, but its network depth is said to be %d. Set networkDepth to the"
                  + " number of blocks of the whole network, at least %d, or leave it out.",
              who, blocks(), networkDepth, blocks()));
    }
  }

  @Override
  public ParamInitializer initializer() {
    return ResidualParams.INSTANCE;
  }

  @Override
  public IUpdater getUpdaterByParam(String paramName) {
    IUpdater updater = super.getUpdaterByParam(paramName);
    if (scalarLearningRateMultiplier == 1 || !ResidualParams.SCALARS.equals(paramName)) {
      return updater;
    }
    return ScaledLearningRate.of(updater, scalarLearningRateMultiplier);
  }

  /**
   * The most that training needs, which is what ND4J's operations keep: z_{l-1}, a_l and σ'(a_l) of
   * every block, and a few arrays that all blocks share. Raw kernels keep less.
   */
  @Override
  public LayerMemoryReport getMemoryReport(InputType inputType) {
    InputType outputType = getOutputType(-1, inputType);
    long parameters = initializer().numParams(this);
    long hidden = kind() == BlockKind.LINEAR ? 0 : effectiveHiddenWidth();
    long shared = 2 * (nIn + hidden);
    long kept = blocks() * (nIn + 2 * hidden);
    return new LayerMemoryReport.Builder(getLayerName(), getClass(), inputType, outputType)
        .standardMemory(parameters, getIUpdater().stateSize(parameters))
        .workingMemory(0, shared, 0, kept + shared)
        .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
        .build();
  }

  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    if (other == null || getClass() != other.getClass() || !super.equals(other)) {
      return false;
    }
    ResidualConfiguration that = (ResidualConfiguration) other;
    return hiddenWidth == that.hiddenWidth
        && networkDepth == that.networkDepth
        && branchForm == that.branchForm
        && scalarLearningRateMultiplier == that.scalarLearningRateMultiplier
        && blocks() == that.blocks()
        && kind() == that.kind()
        && Objects.equals(initialization, that.initialization);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), hiddenWidth, networkDepth, branchForm, initialization);
  }

  /**
   * What the builders of all residual layers share.
   *
   * @param <T> the builder itself, so that calls chain
   */
  @SuppressWarnings("unchecked")
  public abstract static class Builder<T extends Builder<T>> extends FeedForwardLayer.Builder<T> {

    private int hiddenWidth;
    private InitializationScheme initialization;
    private int networkDepth;

    /** Width D of the residual stream: nIn and nOut at once. */
    public T width(int width) {
      nIn(width);
      nOut(width);
      return (T) this;
    }

    /** Hidden width M; by default as wide as the stream. */
    public T hiddenWidth(int hiddenWidth) {
      this.hiddenWidth = hiddenWidth;
      return (T) this;
    }

    /**
     * The scheme every block starts from, scalars included. Without one each matrix is drawn from
     * the layer's {@code weightInit}.
     */
    public T initialization(InitializationScheme initialization) {
      this.initialization = initialization;
      return (T) this;
    }

    /**
     * L of the whole network, for schemes whose laws depend on it; by default the blocks of this
     * layer.
     */
    public T networkDepth(int networkDepth) {
      this.networkDepth = networkDepth;
      return (T) this;
    }
  }
}
