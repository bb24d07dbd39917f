package org.fathom4j.ui.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The weight arrays of a network, and which of their numbers stand for all.
 *
 * <p>Of every array up to {@value #CHUNKS} pieces at equal distances are read, {@value #NUMBERS}
 * numbers in all. In a {@code ResidualStack} the matrices of the blocks follow one another in one
 * array: the pieces are spread over the depth, and the work does not grow with it. Of networks with
 * more than {@value #LAYERS} layers, as many are chosen, likewise spread.
 */
final class SampledArrays {

  static final int CHUNKS = 32;
  static final int NUMBERS = 1 << 14;
  static final int LAYERS = 64;

  private final Map<String, Part> parts = new LinkedHashMap<>();

  /** A range of the network's flat parameter vector, which that of the gradient mirrors. */
  private record Part(long from, long length) {}

  SampledArrays(MultiLayerNetwork net) {
    Set<Integer> chosen = spread(net.getnLayers());
    long from = 0;
    for (int layer = 0; layer < net.getnLayers(); layer++) {
      for (Map.Entry<String, INDArray> parameter : net.getLayer(layer).paramTable().entrySet()) {
        long length = parameter.getValue().length();
        if (chosen.contains(layer)) {
          parts.put(layer + "_" + parameter.getKey(), new Part(from, length));
        }
        from += length;
      }
    }
  }

  /** Layers 0…n−1, or {@value #LAYERS} of them from the first to the last. */
  static Set<Integer> spread(int layers) {
    Set<Integer> chosen = new LinkedHashSet<>();
    int count = Math.min(layers, LAYERS);
    for (int i = 0; i < count; i++) {
      chosen.add(count == 1 ? 0 : (int) Math.round((double) i * (layers - 1) / (count - 1)));
    }
    return chosen;
  }

  /** Names as Deeplearning4j's pages know them, such as {@code 1_VW}: layer from 0, then key. */
  List<String> names() {
    return List.copyOf(parts.keySet());
  }

  /**
   * Summaries of the sampled numbers of every array.
   *
   * @param flat parameters or gradients of the whole network
   * @param scale every number is multiplied by it
   */
  @SuppressWarnings("try") // a workspace is left for the length of its scope
  Map<String, ArraySummary> summaries(INDArray flat, double scale) {
    Map<String, ArraySummary> summaries = new LinkedHashMap<>();
    try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      INDArray vector = flat.rank() == 1 ? flat : flat.reshape(flat.length());
      parts.forEach(
          (name, part) -> summaries.put(name, ArraySummary.of(read(vector, part, scale))));
    }
    return summaries;
  }

  private static double[] read(INDArray vector, Part part, double scale) {
    List<double[]> chunks = new ArrayList<>();
    if (part.length <= NUMBERS) {
      chunks.add(read(vector, part.from, part.length));
    } else {
      long length = NUMBERS / CHUNKS;
      for (int i = 0; i < CHUNKS; i++) {
        long offset = Math.round((double) i * (part.length - length) / (CHUNKS - 1));
        chunks.add(read(vector, part.from + offset, length));
      }
    }
    return chunks.stream().flatMapToDouble(Arrays::stream).map(value -> value * scale).toArray();
  }

  private static double[] read(INDArray vector, long from, long length) {
    return vector.get(NDArrayIndex.interval(from, from + length)).toDoubleVector();
  }

  /**
   * The summary of the first rows of a minibatch's activations, {@value #NUMBERS} numbers at most.
   *
   * @param activations [N, D]
   */
  @SuppressWarnings("try") // a workspace is left for the length of its scope
  static ArraySummary summaryOfRows(INDArray activations) {
    try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      long rows = Math.max(1, Math.min(NUMBERS / activations.size(1), activations.size(0)));
      INDArray first = activations.get(NDArrayIndex.interval(0, rows), NDArrayIndex.all()).dup('c');
      return ArraySummary.of(first.reshape(first.length()).toDoubleVector());
    }
  }
}
