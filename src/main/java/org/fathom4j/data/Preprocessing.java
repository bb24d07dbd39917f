package org.fathom4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fathom4j.text.Spelling;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

/**
 * What the network sees of a pixel. With p the byte, 0 to 255, of a pixel:
 *
 * <pre>
 *   RAW        x = p / 255
 *   UNIT       x = p / ‖p‖₂           every image on the unit sphere; an all-black image stays 0
 *   STANDARD   x = (p/255 - μ) / s    μ, s: mean and standard deviation (1/n) of p/255 over all
 *                                     pixels of all images of the training split, two scalars
 * </pre>
 *
 * <p>{@link #fit} takes the statistics from the training split, never from the test split, and
 * returns what DL4J calls a pre-processor: it changes features {@code X: [N, d]} that hold p / 255,
 * as {@link IdxRecordReader} reads them, in place.
 */
public enum Preprocessing {
  RAW,
  UNIT,
  STANDARD;

  /**
   * The preprocessing of this name, as the command line spells it: {@code raw}, {@code unit},
   * {@code standard}.
   *
   * @throws IllegalArgumentException for any other name, with the nearest spelling
   */
  public static Preprocessing parse(String name) {
    return Arrays.stream(values())
        .filter(p -> p.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Spelling.unknown("input preprocessing", name, names())));
  }

  /** All names, as the command line spells them. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Preprocessing::toString).toList();
  }

  /**
   * The transformation, with the statistics of a training split where it needs any.
   *
   * @throws IllegalArgumentException for STANDARD when all pixels of the split are equal
   */
  public DataSetPreProcessor fit(LabeledImages training) {
    return switch (this) {
      case RAW -> new Raw();
      case UNIT -> new UnitNorm();
      case STANDARD -> Standardize.of(training.histogram());
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Leaves p / 255 as it is. */
  public record Raw() implements DataSetPreProcessor {
    @Override
    public void preProcess(DataSet batch) {
      // The reader has divided by 255 already.
    }
  }

  /** Divides each image by its Euclidean norm. */
  public record UnitNorm() implements DataSetPreProcessor {
    @Override
    public void preProcess(DataSet batch) {
      INDArray x = batch.getFeatures();
      INDArray norms = x.norm2(true, 1);
      // A norm of 0 becomes 1, so that black stays black.
      norms.addi(norms.eq(0).castTo(norms.dataType()));
      x.divi(norms);
    }
  }

  /**
   * Subtracts a mean and divides by a standard deviation, both of p / 255.
   *
   * @param mean μ
   * @param deviation s, greater than 0
   */
  public record Standardize(double mean, double deviation) implements DataSetPreProcessor {

    public Standardize {
      if (!(deviation > 0) || !Double.isFinite(mean) || !Double.isFinite(deviation)) {
        throw new IllegalArgumentException(
            String.format(
                "Cannot standardize with mean %s and standard deviation %s: the pixels of the "
                    + "training split must differ. Use the input 'raw'.",
                mean, deviation));
      }
    }

    /** From how often each of the 256 byte values occurs. */
    static Standardize of(long[] histogram) {
      long pixels = 0;
      long sum = 0;
      for (int p = 0; p < histogram.length; p++) {
        pixels += histogram[p];
        sum += histogram[p] * p;
      }
      double mean = (double) sum / pixels;
      double squares = 0;
      for (int p = 0; p < histogram.length; p++) {
        squares += histogram[p] * (p - mean) * (p - mean);
      }
      return new Standardize(mean / 255, Math.sqrt(squares / pixels) / 255);
    }

    @Override
    public void preProcess(DataSet batch) {
      batch.getFeatures().subi(mean).divi(deviation);
    }
  }
}
