package org.fathom4j.block;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.fathom4j.init.BranchScalars;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.init.WeightLaw;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.ResidentStack;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Where the parameters of residual layers lie in their flat view, and how they start.
 *
 * <pre>
 *   nonlinear   VW: [L, D, M]   UW: [L, M, D]   (SW: [L, k])
 *   linear      AW: [L, D, D]                   (SW: [L, 1])
 * </pre>
 *
 * in this order, the last index fastest; single blocks have no leading L. Two keys at most carry
 * matrices and all end in W: the stock updater's time grows with the cube of the number of keys,
 * and the training UI charts only parameters whose name ends so.
 *
 * <p>The blocks of a layer are drawn in order, V_l before U_l, from one generator seeded by the
 * network's random stream: equal seeds give equal networks on every backend.
 */
public final class ResidualParams implements ParamInitializer {

  /** Key of all V_l. */
  public static final String INNER = "VW";

  /** Key of all U_l. */
  public static final String OUTER = "UW";

  /** Key of all A_l. */
  public static final String LINEAR = "AW";

  /** Key of the branch scalars α, b1, b2, b3. */
  public static final String SCALARS = "SW";

  static final ResidualParams INSTANCE = new ResidualParams();

  private ResidualParams() {}

  /** The branch scalars that the layer's scheme asks for. */
  static Optional<BranchScalars> scalarsOf(ResidualConfiguration conf) {
    InitializationScheme scheme = conf.getInitialization();
    return scheme == null ? Optional.empty() : scheme.scalars(networkShape(conf));
  }

  /** The network as its scheme sees it; sizes outside this layer do not matter to its laws. */
  private static NetworkShape networkShape(ResidualConfiguration conf) {
    int width = (int) Math.max(1, conf.getNIn());
    int hidden = (int) Math.max(1, conf.effectiveHiddenWidth());
    return new NetworkShape(width, width, hidden, Math.max(1, conf.effectiveNetworkDepth()), width);
  }

  /** Which part of a stack's parameters lies under a key. */
  static ResidentStack.Part part(String key) {
    return switch (key) {
      case INNER, LINEAR -> ResidentStack.Part.INNER;
      case OUTER -> ResidentStack.Part.OUTER;
      case SCALARS -> ResidentStack.Part.SCALARS;
      default -> throw new IllegalArgumentException("Residual layers have no parameter " + key);
    };
  }

  @Override
  public long numParams(NeuralNetConfiguration conf) {
    return numParams(conf.getLayer());
  }

  /** Never negative: a network counts before its layers can say that they are misconfigured. */
  @Override
  public long numParams(Layer layer) {
    return Math.max(0, length(shapes(residual(layer))));
  }

  @Override
  public List<String> paramKeys(Layer layer) {
    return new ArrayList<>(shapes(residual(layer)).keySet());
  }

  @Override
  public List<String> weightKeys(Layer layer) {
    return paramKeys(layer).stream().filter(key -> isWeightParam(layer, key)).toList();
  }

  @Override
  public List<String> biasKeys(Layer layer) {
    return paramKeys(layer).stream().filter(key -> isBiasParam(layer, key)).toList();
  }

  @Override
  public boolean isWeightParam(Layer layer, String key) {
    return INNER.equals(key) || OUTER.equals(key) || LINEAR.equals(key);
  }

  @Override
  public boolean isBiasParam(Layer layer, String key) {
    return SCALARS.equals(key);
  }

  @Override
  public Map<String, INDArray> init(
      NeuralNetConfiguration conf, INDArray paramsView, boolean initializeParams) {
    ResidualConfiguration layer = residual(conf.getLayer());
    Map<String, INDArray> table = Collections.synchronizedMap(new LinkedHashMap<>());
    slice(layer, paramsView)
        .forEach(
            (key, view) -> {
              table.put(key, view);
              conf.addVariable(key);
            });
    if (initializeParams) {
      initialize(layer, table);
    }
    return table;
  }

  @Override
  public Map<String, INDArray> getGradientsFromFlattened(
      NeuralNetConfiguration conf, INDArray gradientView) {
    return slice(residual(conf.getLayer()), gradientView);
  }

  private static ResidualConfiguration residual(Layer layer) {
    if (layer instanceof ResidualConfiguration residual) {
      return residual;
    }
    throw new IllegalArgumentException(
        "These parameters belong to residual layers, not to " + layer.getClass().getName());
  }

  /** Key → shape, in the order of the flat view. */
  private static Map<String, long[]> shapes(ResidualConfiguration conf) {
    long d = conf.getNIn();
    long m = conf.effectiveHiddenWidth();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    if (conf.kind() == BlockKind.LINEAR) {
      shapes.put(LINEAR, stacked(conf, d, d));
    } else {
      shapes.put(INNER, stacked(conf, d, m));
      shapes.put(OUTER, stacked(conf, m, d));
    }
    if (conf.getBranchForm() != BranchForm.PLAIN) {
      int k = conf.getBranchForm().scalarsPerBlock();
      shapes.put(SCALARS, new long[] {conf.blocks(), k});
    }
    return shapes;
  }

  private static long[] stacked(ResidualConfiguration conf, long rows, long columns) {
    return conf instanceof ResidualStack
        ? new long[] {conf.blocks(), rows, columns}
        : new long[] {rows, columns};
  }

  private static Map<String, INDArray> slice(ResidualConfiguration conf, INDArray flat) {
    Map<String, long[]> shapes = shapes(conf);
    long expected = length(shapes);
    if (flat.length() != expected) {
      throw new IllegalStateException(
          String.format(
              "%s (name=%s) has %d parameters, but got a view of length %d.",
              conf.getClass().getSimpleName(), conf.getLayerName(), expected, flat.length()));
    }
    INDArray vector = flat.reshape(flat.length());
    Map<String, INDArray> views = new LinkedHashMap<>();
    long offset = 0;
    for (Map.Entry<String, long[]> entry : shapes.entrySet()) {
      long end = offset + length(entry.getValue());
      INDArray part = vector.get(NDArrayIndex.interval(offset, end));
      views.put(entry.getKey(), part.reshape('c', entry.getValue()));
      offset = end;
    }
    return views;
  }

  private static long length(Map<String, long[]> shapes) {
    return shapes.values().stream().mapToLong(ResidualParams::length).sum();
  }

  private static long length(long[] shape) {
    long length = 1;
    for (long extent : shape) {
      length *= extent;
    }
    return length;
  }

  private static void initialize(ResidualConfiguration conf, Map<String, INDArray> table) {
    if (conf.getInitialization() == null) {
      initializeByWeightInit(conf, table);
    } else {
      initializeByScheme(conf, table);
    }
    INDArray scalars = table.get(SCALARS);
    if (scalars != null) {
      double multiplier = scalarsOf(conf).map(BranchScalars::multiplier).orElse(1.0);
      scalars.assign(0);
      scalars.getColumn(0).assign(multiplier);
    }
  }

  private static void initializeByScheme(ResidualConfiguration conf, Map<String, INDArray> table) {
    InitializationScheme scheme = conf.getInitialization();
    NetworkShape shape = networkShape(conf);
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(Nd4j.getRandom().nextLong());
    int d = shape.width();
    int m = shape.hiddenWidth();
    List<Matrices> drawn =
        conf.kind() == BlockKind.LINEAR
            ? List.of(new Matrices(table.get(LINEAR), scheme.linear(shape), d, d))
            : List.of(
                new Matrices(table.get(INNER), scheme.inner(shape), d, m),
                new Matrices(table.get(OUTER), scheme.outer(shape), m, d));
    for (int l = 0; l < conf.blocks(); l++) {
      for (Matrices matrices : drawn) {
        matrices.drawNext(random);
      }
    }
    drawn.forEach(Matrices::store);
  }

  /**
   * The matrices of one key on their way into the view: drawn one by one, stored many at a time,
   * for an operation of ND4J takes some 10 µs whatever its length.
   */
  private static final class Matrices {

    private static final int NUMBERS_AT_A_TIME = 1 << 18;

    private final INDArray target;
    private final WeightLaw law;
    private final int nIn;
    private final int nOut;
    private final double[] matrix;
    private final double[] waiting;
    private int count; // numbers waiting
    private long stored; // numbers in the view

    Matrices(INDArray view, WeightLaw law, int nIn, int nOut) {
      this.target = view.reshape(view.length());
      this.law = law;
      this.nIn = nIn;
      this.nOut = nOut;
      matrix = new double[Math.multiplyExact(nIn, nOut)];
      int atATime = Math.max(1, NUMBERS_AT_A_TIME / matrix.length);
      waiting = new double[(int) Math.min((long) atATime * matrix.length, view.length())];
    }

    void drawNext(RandomGenerator random) {
      if (count == waiting.length) {
        store();
      }
      law.fill(nIn, nOut, random, matrix);
      System.arraycopy(matrix, 0, waiting, count, matrix.length);
      count += matrix.length;
    }

    void store() {
      INDArray numbers = Nd4j.createFromArray(Arrays.copyOf(waiting, count));
      target
          .get(NDArrayIndex.interval(stored, stored + count))
          .assign(numbers.castTo(target.dataType()));
      stored += count;
      count = 0;
    }
  }

  private static void initializeByWeightInit(
      ResidualConfiguration conf, Map<String, INDArray> table) {
    for (Map.Entry<String, INDArray> entry : table.entrySet()) {
      if (entry.getKey().equals(SCALARS)) {
        continue;
      }
      for (int l = 0; l < conf.blocks(); l++) {
        INDArray view = block(conf, entry.getValue(), l);
        long nIn = view.size(0);
        long nOut = view.size(1);
        conf.getWeightInitFn()
            .init(nIn, nOut, new long[] {nIn, nOut}, 'c', view.reshape(view.length()));
      }
    }
  }

  /**
   * The matrix of block l, from 0, as a view.
   *
   * <p>By interval, not by {@code slice(l)}: ND4J 1.0.0-M2.1's {@code BaseNDArray.get} compares an
   * offset in the whole buffer with the length of the view, so that late slices of an early view
   * come out empty.
   */
  static INDArray block(ResidualConfiguration conf, INDArray matrices, int l) {
    if (!(conf instanceof ResidualStack)) {
      return matrices;
    }
    if (l < 0 || l >= conf.blocks()) {
      throw new IndexOutOfBoundsException(
          "There is no block " + l + " in a stack of " + conf.blocks() + ", counted from 0.");
    }
    long[] shape = Arrays.copyOfRange(matrices.shape(), 1, matrices.rank());
    long length = length(shape);
    return matrices
        .reshape(matrices.length())
        .get(NDArrayIndex.interval(l * length, (l + 1) * length))
        .reshape('c', shape);
  }
}
