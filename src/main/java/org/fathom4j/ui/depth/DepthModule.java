package org.fathom4j.ui.depth;

import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.core.storage.StatsStorageEvent;
import org.deeplearning4j.ui.api.HttpMethod;
import org.deeplearning4j.ui.api.Route;
import org.deeplearning4j.ui.api.UIModule;
import org.deeplearning4j.ui.i18n.I18NResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page {@code /depth} of Deeplearning4j's training UI, found by its server through {@link
 * java.util.ServiceLoader}.
 *
 * <pre>
 *   /depth                          the page
 *   /depth/files/NAME               its scripts and styles
 *   /depth/runs?search=&amp;from=       runs and comparisons, the newest first
 *   /depth/runs/ID                  one run
 *   /depth/runs/ID/curves           its loss, accuracy and gradient norm
 *   /depth/runs/ID/profile/METRIC   its norms by layer and iteration
 *   /depth/comparisons/ID           one comparison
 *   /depth/comparisons/ID/report    its report.html
 * </pre>
 *
 * <p>Answers carry an {@code ETag}; who has it already gets 304. Whatever fails is answered with
 * 400, 404 or 500 and {@code {"error": …}}. Disks are read on Vert.x's worker threads. The server
 * makes several modules of this class, so what they show is of the class.
 */
public final class DepthModule implements UIModule {

  private static final Logger log = LoggerFactory.getLogger(DepthModule.class);

  /** All files of the page, by name: no other name is ever looked for. */
  private static final Map<String, String> FILES =
      Map.of(
          "depth.css", "text/css;charset=utf-8",
          "depth.js", "text/javascript;charset=utf-8",
          "runs.js", "text/javascript;charset=utf-8",
          "heatmap.js", "text/javascript;charset=utf-8",
          "charts.js", "text/javascript;charset=utf-8",
          "comparison.js", "text/javascript;charset=utf-8",
          "common.js", "text/javascript;charset=utf-8");

  private static final Map<String, Answer> LOADED = new ConcurrentHashMap<>();

  private static volatile DepthPages pages;

  /** A module that shows what {@link #show} says. */
  public DepthModule() {}

  /** Shows the runs of a catalogue on the pages of every server of this process from now on. */
  public static void show(RunCatalogue catalogue) {
    pages = new DepthPages(Objects.requireNonNull(catalogue, "catalogue"));
  }

  /** A request's part that decides the answer. */
  private record Ask(List<String> path, Map<String, String> query, String known) {

    String query(String name) {
      return query.getOrDefault(name, "");
    }
  }

  @FunctionalInterface
  private interface Page {
    Answer answer(DepthPages pages, Ask ask) throws IOException;
  }

  @Override
  public List<Route> getRoutes() {
    return List.of(
        route("/depth", (pages, ask) -> file("index.html", "text/html;charset=utf-8", ask)),
        route("/depth/files/:name", (pages, ask) -> file(ask)),
        route("/depth/runs", DepthModule::list),
        route("/depth/runs/:run", (pages, ask) -> pages.run(ask.path().get(0))),
        route(
            "/depth/runs/:run/curves",
            (pages, ask) -> pages.curves(ask.path().get(0), ask.known())),
        route(
            "/depth/runs/:run/profile/:metric",
            (pages, ask) -> pages.profile(ask.path().get(0), ask.path().get(1), ask.known())),
        route(
            "/depth/comparisons/:comparison",
            (pages, ask) -> pages.comparison(ask.path().get(0), ask.known())),
        route(
            "/depth/comparisons/:comparison/report",
            (pages, ask) -> pages.report(ask.path().get(0), ask.known())));
  }

  private static Route route(String path, Page page) {
    return new Route(path, HttpMethod.GET, (names, context) -> serve(names, context, page));
  }

  private static Answer list(DepthPages pages, Ask ask) throws IOException {
    String from = ask.query("from");
    if (!from.matches("[0-9]{0,7}")) {
      return Answers.error(400, "from is the number of the first run to list, such as 200.");
    }
    return pages.list(ask.query("search"), from.isEmpty() ? 0 : Integer.parseInt(from));
  }

  private static Answer file(Ask ask) throws IOException {
    String name = String.valueOf(ask.path().get(0));
    String type = FILES.get(name);
    return type == null ? Answers.error(404, "The page has no such file.") : file(name, type, ask);
  }

  private static Answer file(String name, String type, Ask ask) throws IOException {
    Answer answer = LOADED.get(name);
    if (answer == null) {
      try (InputStream in = DepthModule.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new NoSuchFileException(name, null, "it is missing from the program");
        }
        byte[] bytes = in.readAllBytes();
        answer = new Answer(200, type, Answer.OURS, Answers.tag(bytes), bytes);
      }
      LOADED.put(name, answer);
    }
    return answer.tag().equals(ask.known()) ? Answer.unchanged(answer.tag()) : answer;
  }

  private static void serve(List<String> names, RoutingContext context, Page page) {
    HttpServerRequest request = context.request();
    Ask ask =
        new Ask(
            List.copyOf(names),
            Map.of(
                "search", Objects.requireNonNullElse(request.getParam("search"), ""),
                "from", Objects.requireNonNullElse(request.getParam("from"), "")),
            request.getHeader("If-None-Match"));
    context
        .vertx()
        .<Answer>executeBlocking(
            promise -> promise.complete(answer(page, ask)),
            false,
            result -> send(context.response(), result));
  }

  private static Answer answer(Page page, Ask ask) {
    DepthPages shown = pages;
    if (shown == null) {
      return Answers.error(404, "No runs are shown here. Start with: fathom ui");
    }
    try {
      return page.answer(shown, ask);
    } catch (IOException | UncheckedIOException e) {
      return Answers.error(500, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.warn("The Depth page cannot answer {}: it has met what nobody thought of.", ask, e);
      return Answers.error(500, "This failed: " + e + ". The server's log tells more.");
    }
  }

  private static void send(HttpServerResponse response, AsyncResult<Answer> result) {
    if (response.closed() || response.ended()) {
      return; // the browser is gone
    }
    Answer answer =
        result.succeeded()
            ? result.result()
            : Answers.error(500, "This failed: " + result.cause() + ".");
    response
        .setStatusCode(answer.status())
        .putHeader("Cache-Control", "no-cache")
        .putHeader("Content-Security-Policy", answer.policy())
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer");
    if (answer.tag() != null) {
      response.putHeader("ETag", answer.tag());
    }
    if (answer.type() != null) {
      response.putHeader("Content-Type", answer.type());
    }
    response.end(Buffer.buffer(answer.body()));
  }

  @Override
  public List<String> getCallbackTypeIDs() {
    return List.of();
  }

  @Override
  public void reportStorageEvents(Collection<StatsStorageEvent> events) {
    // Nothing was asked for: the page reads the files of the runs.
  }

  @Override
  public void onAttach(StatsStorage statsStorage) {
    // As above.
  }

  @Override
  public void onDetach(StatsStorage statsStorage) {
    // As above.
  }

  @Override
  public List<I18NResource> getInternationalizationResources() {
    return List.of();
  }
}
