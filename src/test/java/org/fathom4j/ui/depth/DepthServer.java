package org.fathom4j.ui.depth;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.impl.MimeMapping;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.deeplearning4j.ui.api.Route;

/** A server with nothing but the Depth page and the assets of the training UI, on loopback. */
final class DepthServer implements AutoCloseable {

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer server;

  private DepthServer(int port) {
    Router router = Router.router(vertx);
    router
        .get("/assets/*")
        .handler(
            context -> {
              String path = context.request().path().substring("/assets/".length());
              String file =
                  path.startsWith("webjars/")
                      ? "META-INF/resources/" + path
                      : "deeplearning4jUiAssets/" + path;
              context
                  .response()
                  .putHeader("Content-Type", MimeMapping.getMimeTypeForFilename(file))
                  .sendFile(
                      file,
                      sent -> {
                        if (sent.failed() && !context.response().ended()) {
                          context.response().setStatusCode(404).end();
                        }
                      });
            });
    for (Route route : new DepthModule().getRoutes()) {
      List<String> names =
          Arrays.stream(route.getRoute().split("/"))
              .filter(part -> part.startsWith(":"))
              .map(part -> part.substring(1))
              .toList();
      router
          .get(route.getRoute())
          .handler(
              context ->
                  route
                      .getConsumer()
                      .accept(names.stream().map(context.request()::getParam).toList(), context));
    }
    CompletableFuture<HttpServer> started = new CompletableFuture<>();
    vertx
        .createHttpServer()
        .requestHandler(router)
        .listen(
            port,
            "127.0.0.1",
            result -> {
              if (result.succeeded()) {
                started.complete(result.result());
              } else {
                started.completeExceptionally(result.cause());
              }
            });
    server = started.join();
  }

  /** Shows the runs below a directory. */
  static DepthServer of(Path runs) {
    DepthModule.show(new RunCatalogue(runs));
    return new DepthServer(0);
  }

  /** Serves the runs below a directory until it is killed: for working on the page. */
  public static void main(String[] arguments) {
    DepthModule.show(new RunCatalogue(Path.of(arguments[0])));
    new DepthServer(Integer.parseInt(arguments[1]));
  }

  URI address(String path) {
    return URI.create("http://127.0.0.1:" + server.actualPort() + path);
  }

  /** What a GET is answered, with headers by name and value. */
  HttpResponse<String> get(String path, String... headers) throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(address(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while asking for " + path, e);
    }
  }

  @Override
  public void close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    vertx.close(result -> closed.complete(null));
    closed.join();
  }
}
