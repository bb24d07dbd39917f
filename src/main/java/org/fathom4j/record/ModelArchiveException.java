package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;

/** A model file is damaged, alien or unsafe; the message names it and the cure. */
public final class ModelArchiveException extends IOException {

  private static final long serialVersionUID = 1L;

  ModelArchiveException(Path file, String problem, String cure) {
    this(file, problem, cure, null);
  }

  ModelArchiveException(Path file, String problem, String cure, Throwable cause) {
    super("Cannot load the model " + file + ": " + problem + ". " + cure, cause);
  }
}
