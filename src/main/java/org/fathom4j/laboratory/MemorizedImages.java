package org.fathom4j.laboratory;

import java.util.OptionalLong;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.memorization.Memorization;
import org.fathom4j.theory.memorization.Memorizer;

/**
 * Images and labels for {@link Memorizer}: pixels divided by 255, one image a row, and labels that
 * are the images' own or drawn at random.
 */
public final class MemorizedImages {

  private MemorizedImages() {}

  /**
   * Builds the network for all images of a split, and runs it on every one of them.
   *
   * @param randomLabels the seed of labels drawn uniformly from the classes; empty for the images'
   *     own
   * @param hiddenWidth k
   * @param seed of the embedding, where it is random
   */
  public static Memorization memorize(
      LabeledImages images, OptionalLong randomLabels, int hiddenWidth, long seed) {
    DMatrixRMaj points = points(images);
    int[] labels = labels(images, randomLabels);
    return Memorizer.of(points, labels, images.classes(), hiddenWidth, seed).verify(points, labels);
  }

  /** X: [n, d], entries from 0 to 1. */
  static DMatrixRMaj points(LabeledImages images) {
    DMatrixRMaj points = new DMatrixRMaj(images.size(), images.inputs());
    for (int i = 0; i < images.size(); i++) {
      for (int j = 0; j < images.inputs(); j++) {
        points.set(i, j, images.pixel(i, j) / 255.0);
      }
    }
    return points;
  }

  /** n class numbers. */
  static int[] labels(LabeledImages images, OptionalLong randomLabels) {
    int[] labels = new int[images.size()];
    if (randomLabels.isPresent()) {
      PortableRandom random = new PortableRandom(randomLabels.getAsLong());
      for (int i = 0; i < labels.length; i++) {
        labels[i] = (int) (random.nextUniform() * images.classes());
      }
    } else {
      for (int i = 0; i < labels.length; i++) {
        labels[i] = images.label(i);
      }
    }
    return labels;
  }
}
