package org.fathom4j.plot;

import java.awt.AWTError;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.fathom4j.record.AtomicFile;

/** A PNG file at twice the nominal resolution, drawn without a display. */
final class Picture {

  /** Pixels per unit of the drawing: sharp on today's screens and on paper. */
  static final int SCALE = 2;

  /** What is drawn, in units. */
  @FunctionalInterface
  interface Drawing {
    void paint(Graphics2D graphics);
  }

  private Picture() {}

  /**
   * Draws and writes a picture, atomically.
   *
   * @throws PlotException when this Java cannot draw
   * @throws IOException when the file cannot be written
   */
  static Path write(Path file, int width, int height, Drawing drawing) throws IOException {
    byte[] png = render(file, width, height, drawing);
    Path directory = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new IOException(
          "Cannot make the directory "
              + directory
              + " for a picture: "
              + e
              + ". Check its permissions.",
          e);
    }
    AtomicFile.write(file, out -> out.write(png));
    return file;
  }

  /** The width in units of a picture that was written here. */
  static int width(Path file) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    if (image == null) {
      throw new IOException(file + " is no picture. Delete it to have it drawn again.");
    }
    return image.getWidth() / SCALE;
  }

  private static byte[] render(Path file, int width, int height, Drawing drawing)
      throws PlotException {
    try {
      BufferedImage image =
          new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = image.createGraphics();
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
      graphics.scale(SCALE, SCALE);
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      drawing.paint(graphics);
      graphics.dispose();
      ByteArrayOutputStream png = new ByteArrayOutputStream();
      try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
        if (!ImageIO.write(image, "png", out)) {
          throw new IllegalStateException("there is no PNG writer");
        }
      }
      return png.toByteArray();
    } catch (RuntimeException | LinkageError | AWTError | InternalError | IOException e) {
      // Without fontconfig or libfreetype, Java fails with any of these, depending on its version.
      throw new PlotException(file, e);
    }
  }
}
