package org.fathom4j.plot;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** What can be seen on a picture. */
final class Drawn {

  private final BufferedImage image;

  private Drawn(BufferedImage image) {
    this.image = image;
  }

  static Drawn on(Path png) throws IOException {
    return new Drawn(ImageIO.read(png.toFile()));
  }

  int width() {
    return image.getWidth();
  }

  int height() {
    return image.getHeight();
  }

  /** Pixels of exactly this colour. */
  int pixels(Color colour) {
    int count = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        if ((image.getRGB(x, y) & 0xffffff) == (colour.getRGB() & 0xffffff)) {
          count++;
        }
      }
    }
    return count;
  }
}
