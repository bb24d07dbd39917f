package org.fathom4j.ui;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Scripts, styles and pictures under {@code /assets/}, from the class path: those of
 * Deeplearning4j's pages, of the web jars, and our own for its pages ({@code /assets/fathom/}).
 *
 * <p>What is not there is not found; the framework's own handler never answers.
 */
final class Assets implements Handler<RoutingContext> {

  static final String PREFIX = "/assets/";

  private static final String FRAMEWORK = "deeplearning4jUiAssets/";
  private static final String WEB_JARS = "META-INF/resources/";
  private static final String OURS = "org/fathom4j/ui/assets/";

  /** Names without a leading dot, so that no path climbs; the last ends as no directory's does. */
  private static final Pattern PATH =
      Pattern.compile(
          "([A-Za-z0-9_@-][A-Za-z0-9_@.-]*/)*[A-Za-z0-9_@-][A-Za-z0-9_@.-]*\\.[a-z0-9]+");

  /** Longer than any path of ours, and far from what exhausts the stack of a matcher. */
  private static final int LONGEST_PATH = 200;

  private final Map<String, Buffer> read = new ConcurrentHashMap<>();

  @Override
  public void handle(RoutingContext context) {
    String path = context.normalisedPath();
    Optional<Buffer> content = content(path.substring(PREFIX.length()));
    if (content.isEmpty()) {
      context.fail(404);
      return;
    }
    String type = MimeMapping.getMimeTypeForFilename(path);
    context
        .response()
        .putHeader("Content-Type", type == null ? "application/octet-stream" : type)
        .putHeader("Cache-Control", "max-age=3600")
        .end(content.get());
  }

  private Optional<Buffer> content(String path) {
    if (path.length() > LONGEST_PATH || !PATH.matcher(path).matches()) {
      return Optional.empty();
    }
    Buffer known = read.get(path);
    if (known != null) {
      return Optional.of(known);
    }
    String resource =
        (path.startsWith("webjars/") ? WEB_JARS : path.startsWith("fathom/") ? OURS : FRAMEWORK)
            + path;
    try (InputStream in = Assets.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        return Optional.empty();
      }
      Buffer content = Buffer.buffer(in.readAllBytes());
      read.put(path, content);
      return Optional.of(content);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
