package org.fathom4j.plot;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A picture cannot be drawn because this Java cannot draw, as without fonts; no reason to end a
 * run.
 */
public final class PlotException extends IOException {

  private static final long serialVersionUID = 1L;

  PlotException(Path picture, Throwable cause) {
    super(
        "Cannot draw "
            + picture
            + ": this Java cannot render text or pictures ("
            + cause
            + "). Install fontconfig and a font (on Debian: apt-get install fontconfig"
            + " fonts-dejavu-core), and set -Djava.awt.headless=true; then 'fathom plot RUN' draws"
            + " it from the run's CSV files.",
        cause);
  }
}
