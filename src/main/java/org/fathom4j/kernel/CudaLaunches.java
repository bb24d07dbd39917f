package org.fathom4j.kernel;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.fathom4j.kernel.CudaContext.Launch;

/**
 * Which kernel of {@code src/main/cuda} serves a stack, with how many threads and how much shared
 * memory: the numbers repeat what the kernels' templates say.
 */
final class CudaLaunches {

  /** Examples of a thread block that marches through the blocks of the network. */
  static final int EXAMPLES = 8;

  /** Sums that are left to whoever asks for a sum of squares. */
  static final int MOST_SUMS = 1024;

  private static final int WARP = 32;
  private static final int LAYER_TILE = 64;
  private static final int GRADIENT_STEP = 16;
  private static final int GRADIENT_PAD = 4;
  private static final int TRANSPOSE_TILE = 32;
  private static final int ARRAY_THREADS = 256;
  private static final int SCALAR_THREADS = 128;

  /** Widths up to which there are marches; the one that pads least is taken. */
  private static final List<March> MARCHES =
      List.of(
          new March(32, 8, 128, false),
          new March(32, 32, 128, true),
          new March(64, 8, 128, true),
          new March(64, 64, 128, true),
          new March(128, 4, 128, true),
          new March(128, 8, 128, false),
          new March(128, 32, 128, false),
          new March(128, 128, 256, true));

  private CudaLaunches() {}

  /**
   * Kernels for widths up to these.
   *
   * @param hasExact whether there are others for exactly these
   */
  private record March(int width, int hiddenWidth, int threads, boolean hasExact) {

    boolean serves(int width, int hiddenWidth) {
      return width <= this.width && hiddenWidth <= this.hiddenWidth;
    }

    boolean isExact(int width, int hiddenWidth) {
      return hasExact && width == this.width && hiddenWidth == this.hiddenWidth;
    }

    int weights() {
      return width * hiddenWidth;
    }
  }

  /** Through all blocks in one launch; empty if no march serves the shape. */
  static Optional<Launch> march(StackShape shape, boolean backward, int examples) {
    if (shape.precision() != Precision.FLOAT) {
      return Optional.empty();
    }
    int width = shape.width();
    int hidden = shape.hiddenWidth();
    boolean linear = shape.kind() == BlockKind.LINEAR;
    return MARCHES.stream()
        .filter(march -> !linear || march.width == march.hiddenWidth)
        .filter(march -> march.serves(width, hidden))
        .min(Comparator.comparingInt(March::weights))
        .map(
            march -> {
              String way = backward ? "backward_" : "forward_";
              String kernel =
                  linear
                      ? "linear_" + way + march.width
                      : way
                          + march.width
                          + "_"
                          + march.hiddenWidth
                          + (march.isExact(width, hidden) ? "_exact" : "");
              return new Launch(
                  "march_" + march.width,
                  kernel,
                  CudaPlan.padded(examples) / EXAMPLES,
                  1,
                  march.threads,
                  marchSharedBytes(march, linear));
            });
  }

  private static long marchSharedBytes(March march, boolean linear) {
    int parts = partSums(march.hiddenWidth, march.threads);
    int rows = march.width;
    if (!linear) {
      parts = Math.max(parts, partSums(march.width, march.threads));
      rows += march.hiddenWidth;
    }
    return (long) (rows + parts) * EXAMPLES * Float.BYTES;
  }

  /** Rows of sums that a product with so many columns leaves in shared memory. */
  private static int partSums(int columns, int threads) {
    int columnThreads = columns >= 64 ? columns / 2 : columns;
    return columns * (columnThreads < WARP ? threads / WARP : threads / columnThreads);
  }

  /** One product of one block. */
  static Launch layerProduct(Precision precision, int columns, int examples) {
    return new Launch(
        "layers",
        "layer_product_" + name(precision),
        ceil(CudaPlan.padded(examples), LAYER_TILE),
        ceil(columns, LAYER_TILE),
        ARRAY_THREADS,
        (long) LAYER_TILE * LAYER_TILE * precision.bytes());
  }

  /** Gradients of the matrices [rows, columns] of many blocks. */
  static Launch weightGradient(Precision precision, int rows, int columns, int layers) {
    int tileRows = tileRows(precision, rows);
    int tileColumns = tileColumns(precision, rows, columns);
    return new Launch(
        "weight_gradient",
        "weight_gradient_" + tileRows + "_" + tileColumns + "_" + name(precision),
        ceil(rows, tileRows) * ceil(columns, tileColumns),
        layers,
        64,
        2L * GRADIENT_STEP * (tileRows + tileColumns + 2 * GRADIENT_PAD) * precision.bytes());
  }

  /** Thread blocks that a block of the network gives to the launch of one matrix's gradients. */
  static long weightGradientTiles(StackShape shape) {
    return weightGradient(shape.precision(), shape.hiddenWidth(), shape.width(), 1).blocksX();
  }

  private static int tileRows(Precision precision, int rows) {
    if (precision == Precision.DOUBLE) {
      return 32;
    }
    return rows <= 8 ? 8 : 64;
  }

  private static int tileColumns(Precision precision, int rows, int columns) {
    if (precision == Precision.DOUBLE) {
      return 32;
    }
    return rows > 8 && columns <= 8 ? 8 : 64;
  }

  static Launch scalarGradient(Precision precision, int layers) {
    return new Launch(
        "scalars",
        "scalar_gradient_" + name(precision),
        layers,
        1,
        SCALAR_THREADS,
        (long) SCALAR_THREADS * Double.BYTES);
  }

  static Launch transpose(Precision precision, int rows, int columns, int matrices) {
    return new Launch(
        "arrays",
        "transpose_" + name(precision),
        ceil(rows, TRANSPOSE_TILE) * ceil(columns, TRANSPOSE_TILE) * matrices,
        1,
        ARRAY_THREADS,
        (long) TRANSPOSE_TILE * (TRANSPOSE_TILE + 1) * precision.bytes());
  }

  /** From [N, D] to [D, N']. */
  static Launch toColumns(Precision precision, long numbers) {
    return overArray("arrays", "to_columns_" + name(precision), numbers);
  }

  /** From [D, N'] to [N, D]. */
  static Launch toRows(Precision precision, long numbers) {
    return overArray("arrays", "to_rows_" + name(precision), numbers);
  }

  static Launch norm(Precision precision) {
    return new Launch(
        "arrays", "norm_" + name(precision), 1, 1, ARRAY_THREADS, ARRAY_THREADS * Double.BYTES);
  }

  /** One sum a thread block. */
  static Launch sumOfSquares(Precision precision, long numbers) {
    return new Launch(
        "arrays",
        "sum_of_squares_" + name(precision),
        Math.min(MOST_SUMS, ceil(numbers, ARRAY_THREADS)),
        1,
        ARRAY_THREADS,
        ARRAY_THREADS * Double.BYTES);
  }

  static Launch update(UpdateRule rule, Precision precision, long numbers) {
    String kernel =
        rule instanceof UpdateRule.Sgd
            ? "sgd_"
            : rule instanceof UpdateRule.Nesterovs ? "nesterovs_" : "adam_";
    return overArray("updates", kernel + name(precision), numbers);
  }

  private static Launch overArray(String module, String kernel, long numbers) {
    return new Launch(module, kernel, ceil(numbers, ARRAY_THREADS), 1, ARRAY_THREADS, 0);
  }

  private static String name(Precision precision) {
    return precision == Precision.FLOAT ? "float" : "double";
  }

  private static long ceil(long number, int whole) {
    return (number + whole - 1) / whole;
  }
}
