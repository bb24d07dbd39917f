package org.fathom4j.ui.depth;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Norms by layer and iteration in bounded memory: a column is one iteration.
 *
 * <p>When there are too many columns every other one goes, as often as needed; the newest is always
 * there. Numbers are kept as decimal logarithms, float: 1e-7 of a decade is more than any picture
 * shows, and norms that underflow a float do not underflow it.
 */
final class DepthColumns {

  /** Columns, the newest among them. */
  static final int MOST_COLUMNS = 250;

  /** Layers that are told; a profile records 64. */
  static final int MOST_LAYERS = 64;

  /** Layers that are kept of a log that has more, the first to come. */
  private static final int MOST_KEPT_LAYERS = 1024;

  private static final int MOST_METRICS = 8;
  private static final Pattern METRIC = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,63}");

  /** Not recorded. */
  static final float ABSENT = Float.NaN;

  /** Recorded, and not a number: no logarithm of a double is as large. */
  static final float NOT_A_NUMBER = Float.MAX_VALUE;

  /** One iteration: by metric a value for each layer in the order the layers came. */
  private static final class Column {
    final int iteration;
    final Map<String, float[]> values = new HashMap<>();

    Column(int iteration) {
      this.iteration = iteration;
    }
  }

  /**
   * One metric as a picture shows it.
   *
   * @param layers ascending
   * @param iterations ascending
   * @param log10 by iteration, then layer: {@link #ABSENT}, {@link #NOT_A_NUMBER}, infinite for
   *     infinity, negative infinite for zero, or the decimal logarithm
   */
  record Matrix(int[] layers, int[] iterations, float[][] log10) {

    /**
     * This matrix with the iterations of another between its own, at most {@link #MOST_COLUMNS}.
     *
     * @param other where both have an iteration, this one counts; of other layers, it is left out
     *     unless it has more iterations
     */
    Matrix with(Matrix other) {
      if (!Arrays.equals(layers, other.layers)) {
        return other.iterations.length > iterations.length ? other : this;
      }
      TreeMap<Integer, float[]> columns = new TreeMap<>();
      for (Matrix matrix : List.of(other, this)) {
        for (int i = 0; i < matrix.iterations.length; i++) {
          columns.put(matrix.iterations[i], matrix.log10[i]);
        }
      }
      List<Integer> kept = new ArrayList<>(columns.keySet());
      while (kept.size() > MOST_COLUMNS) {
        List<Integer> half = new ArrayList<>();
        for (int i = (kept.size() + 1) % 2; i < kept.size(); i += 2) {
          half.add(kept.get(i)); // the newest among them
        }
        kept = half;
      }
      return new Matrix(
          layers,
          kept.stream().mapToInt(Integer::intValue).toArray(),
          kept.stream().map(columns::get).toArray(float[][]::new));
    }
  }

  private final List<Column> kept = new ArrayList<>();
  private final Map<Integer, Integer> places = new TreeMap<>(); // of layers in a column
  private final TreeSet<String> metrics = new TreeSet<>();
  private int stride = 1;
  private long seen;
  private boolean newestIsExtra;

  void clear() {
    kept.clear();
    places.clear();
    metrics.clear();
    stride = 1;
    seen = 0;
    newestIsExtra = false;
  }

  /** Adds a number; rows of an iteration before the newest take its place and that of all later. */
  void add(int iteration, int layer, String metric, double value) {
    if (iteration < 0 || layer < 0) {
      throw new IllegalArgumentException("iteration or layer is negative");
    }
    while (!kept.isEmpty() && newest().iteration > iteration) {
      kept.remove(kept.size() - 1);
      newestIsExtra = false;
    }
    if (kept.isEmpty() || newest().iteration < iteration) {
      append(new Column(iteration));
    }
    if (!places.containsKey(layer)) {
      if (places.size() == MOST_KEPT_LAYERS) {
        return;
      }
      places.put(layer, places.size());
    }
    if (!metrics.contains(metric)) {
      if (!isMetric(metric)) {
        throw new IllegalArgumentException("a name of a metric is a word such as activation_norm");
      }
      if (metrics.size() == MOST_METRICS) {
        return;
      }
      metrics.add(metric);
    }
    int place = places.get(layer);
    float[] values = newest().values.get(metric);
    if (values == null || values.length <= place) {
      int old = values == null ? 0 : values.length;
      values = values == null ? new float[place + 16] : Arrays.copyOf(values, 2 * place + 1);
      Arrays.fill(values, old, values.length, ABSENT);
      newest().values.put(metric, values);
    }
    values[place] = Double.isNaN(value) ? NOT_A_NUMBER : (float) Math.log10(value);
  }

  /** Whether a text can be the name of a metric, which stands in addresses. */
  static boolean isMetric(String name) {
    return METRIC.matcher(name).matches();
  }

  private Column newest() {
    return kept.get(kept.size() - 1);
  }

  private void append(Column column) {
    if (newestIsExtra) {
      kept.remove(kept.size() - 1);
    }
    kept.add(column);
    newestIsExtra = seen % stride != 0;
    seen++;
    if (kept.size() > MOST_COLUMNS) {
      List<Column> half = new ArrayList<>();
      for (int i = 0; i < kept.size() - 1; i += 2) {
        half.add(kept.get(i));
      }
      stride *= 2;
      newestIsExtra = (seen - 1) % stride != 0;
      half.add(column);
      kept.clear();
      kept.addAll(half);
    }
  }

  /** The metrics that were recorded. */
  List<String> metrics() {
    return List.copyOf(metrics);
  }

  /** The newest iteration; 0 if there is none. */
  int newestIteration() {
    return kept.isEmpty() ? 0 : newest().iteration;
  }

  /** One metric at the iterations that are kept, at most {@link #MOST_LAYERS} layers. */
  Matrix matrix(String metric) {
    int[] layers = spread(layersOf(metric));
    List<Column> columns =
        kept.stream().filter(column -> column.values.containsKey(metric)).toList();
    float[][] log10 = new float[columns.size()][layers.length];
    for (int i = 0; i < log10.length; i++) {
      float[] values = columns.get(i).values.get(metric);
      for (int k = 0; k < layers.length; k++) {
        int place = places.get(layers[k]);
        log10[i][k] = place < values.length ? values[place] : ABSENT;
      }
    }
    return new Matrix(
        layers, columns.stream().mapToInt(column -> column.iteration).toArray(), log10);
  }

  private List<Integer> layersOf(String metric) {
    return places.entrySet().stream()
        .filter(
            layer ->
                kept.stream()
                    .map(column -> column.values.get(metric))
                    .anyMatch(
                        values ->
                            values != null
                                && layer.getValue() < values.length
                                && !Float.isNaN(values[layer.getValue()])))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static int[] spread(List<Integer> layers) {
    int count = Math.min(layers.size(), MOST_LAYERS);
    int[] chosen = new int[count];
    for (int i = 0; i < count; i++) {
      chosen[i] =
          layers.get(count == 1 ? 0 : (int) Math.round(i * (layers.size() - 1.0) / (count - 1)));
    }
    return chosen;
  }
}
