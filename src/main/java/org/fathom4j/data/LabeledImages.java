package org.fathom4j.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * One split of a data set in memory: N images of unsigned bytes, each with the number of its class.
 *
 * <p>Immutable. A pixel's place in an image of R rows, C columns and K channels is {@code (r·C +
 * c)·K + k}, so that a grey image (K = 1) lies row by row as in its file; as a row of the network's
 * input it has d = R·C·K numbers.
 */
public final class LabeledImages implements Serializable {

  private static final long serialVersionUID = 1L;

  private final byte[] pixels;
  private final byte[] labels;
  private final int rows;
  private final int columns;
  private final int channels;
  private final String[] classNames;

  private LabeledImages(
      byte[] pixels, byte[] labels, int rows, int columns, int channels, String[] classNames) {
    this.pixels = pixels;
    this.labels = labels;
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    this.classNames = classNames;
  }

  /**
   * Images from arrays, which are copied.
   *
   * @param pixels N·rows·columns·channels unsigned bytes
   * @param labels N class numbers, each below the number of names
   * @throws IllegalArgumentException when lengths or labels contradict each other
   */
  public static LabeledImages of(
      byte[] pixels, byte[] labels, int rows, int columns, int channels, List<String> classNames) {
    if (rows < 1 || columns < 1 || channels < 1 || labels.length < 1) {
      throw new IllegalArgumentException(
          String.format(
              "Images need positive sizes, but are %d of %d × %d pixels with %d channels.",
              labels.length, rows, columns, channels));
    }
    if (pixels.length != (long) labels.length * rows * columns * channels) {
      throw new IllegalArgumentException(
          String.format(
              "%d labels with %d bytes of pixels: %d images of %d × %d × %d bytes need %d.",
              labels.length,
              pixels.length,
              labels.length,
              rows,
              columns,
              channels,
              (long) labels.length * rows * columns * channels));
    }
    if (classNames.size() < 2 || classNames.size() > 256) {
      throw new IllegalArgumentException(
          "Labels of one byte name 2 to 256 classes, not " + classNames.size() + ".");
    }
    int wrong = firstLabelOutside(labels, classNames.size());
    if (wrong >= 0) {
      throw new IllegalArgumentException(
          String.format(
              "Label %d of image %d is none of the %d classes.",
              labels[wrong] & 0xff, wrong, classNames.size()));
    }
    return new LabeledImages(
        pixels.clone(), labels.clone(), rows, columns, channels, classNames.toArray(String[]::new));
  }

  /**
   * Grey images and their labels from two files.
   *
   * @throws DataException when the files hold different numbers of examples, or a label names no
   *     class
   */
  public static LabeledImages of(IdxFile images, IdxFile labels, List<String> classNames)
      throws DataException {
    if (images.count() != labels.count()) {
      throw new DataException(
          String.format(
              "%s holds %,d images but %s holds %,d labels: the two do not belong together. "
                  + "Fetch both anew.",
              images.name(), images.count(), labels.name(), labels.count()));
    }
    int wrong = firstLabelOutside(labels.values(), classNames.size());
    if (wrong >= 0) {
      throw new DataException(
          String.format(
              "%s: label %d of image %,d is none of the %d classes (0 to %d). Fetch it anew.",
              labels.name(),
              labels.values()[wrong] & 0xff,
              wrong,
              classNames.size(),
              classNames.size() - 1));
    }
    int[] shape = images.shape();
    return new LabeledImages(
        images.values(), labels.values(), shape[1], shape[2], 1, classNames.toArray(String[]::new));
  }

  private static int firstLabelOutside(byte[] labels, int classes) {
    IntPredicate outside = i -> (labels[i] & 0xff) >= classes;
    return IntStream.range(0, labels.length).filter(outside).findFirst().orElse(-1);
  }

  /** N. */
  public int size() {
    return labels.length;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  public int channels() {
    return channels;
  }

  /** d, the numbers of one image. */
  public int inputs() {
    return rows * columns * channels;
  }

  public int classes() {
    return classNames.length;
  }

  public List<String> classNames() {
    return List.of(classNames);
  }

  /** Class number of an image. */
  public int label(int image) {
    return labels[image] & 0xff;
  }

  /** Byte of an image, 0 to 255; {@code place} runs from 0 to d - 1. */
  public int pixel(int image, int place) {
    return pixels[image * inputs() + place] & 0xff;
  }

  /** How many images each class has. */
  public int[] countByClass() {
    int[] counts = new int[classes()];
    for (byte label : labels) {
      counts[label & 0xff]++;
    }
    return counts;
  }

  /** How often each of the 256 values occurs among all pixels of the split. */
  public long[] histogram() {
    long[] counts = new long[256];
    for (byte pixel : pixels) {
      counts[pixel & 0xff]++;
    }
    return counts;
  }

  /**
   * A class-balanced part of the split: n images, in the order of the split, as many of each class
   * as of the others wherever the split has enough of them; the odd ones go to classes drawn by the
   * seed.
   *
   * <p>A pure function of (split, n, seed). With the same seed a larger subset contains the smaller
   * ones, so that learning curves over n compare like with like.
   *
   * @throws IllegalArgumentException when n is not within 1 … {@link #size()}
   */
  public LabeledImages subset(int n, long seed) {
    if (n < 1 || n > size()) {
      throw new IllegalArgumentException(
          String.format(
              "Cannot take %,d samples from a split of %,d images: ask for 1 to %,d.",
              n, size(), size()));
    }
    int[][] members = new int[classes()][];
    for (int c = 0; c < members.length; c++) {
      int label = c;
      members[c] = IntStream.range(0, size()).filter(i -> label(i) == label).toArray();
      SplitMix64.of(seed, c).shuffle(members[c]);
    }
    int[] turn = IntStream.range(0, classes()).toArray();
    SplitMix64.of(seed, classes()).shuffle(turn);

    int[] chosen = new int[n];
    int count = 0;
    for (int round = 0; count < n; round++) {
      for (int i = 0; i < turn.length && count < n; i++) {
        if (round < members[turn[i]].length) {
          chosen[count++] = members[turn[i]][round];
        }
      }
    }
    Arrays.sort(chosen);
    return select(chosen);
  }

  /** The images with these numbers, in this order. */
  LabeledImages select(int[] images) {
    int d = inputs();
    byte[] somePixels = new byte[Math.multiplyExact(images.length, d)];
    byte[] someLabels = new byte[images.length];
    for (int i = 0; i < images.length; i++) {
      System.arraycopy(pixels, images[i] * d, somePixels, i * d, d);
      someLabels[i] = labels[images[i]];
    }
    return new LabeledImages(somePixels, someLabels, rows, columns, channels, classNames);
  }

  /** The images of a grey split as a file's content. */
  IdxFile imageFile(String name) {
    if (channels != 1) {
      throw new IllegalStateException("IDX files hold grey images, not " + channels + " channels.");
    }
    return IdxFile.images(name, rows, columns, pixels);
  }

  /** The labels as a file's content. */
  IdxFile labelFile(String name) {
    return IdxFile.labels(name, labels);
  }
}
