package org.fathom4j.ui;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.logging.SLF4JLogDelegateFactory;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.deeplearning4j.core.storage.StatsStorage;
import org.deeplearning4j.core.storage.StatsStorageListener;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.ui.VertxUIServer;
import org.deeplearning4j.ui.api.Route;
import org.deeplearning4j.ui.api.UIModule;
import org.deeplearning4j.ui.i18n.I18NProvider;
import org.deeplearning4j.ui.module.train.TrainModule;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.ui.depth.DepthModule;
import org.fathom4j.ui.depth.RunCatalogue;
import org.fathom4j.ui.stats.RunStats;
import org.nd4j.common.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deeplearning4j's training UI for the runs below a directory, with the Depth page, on an address
 * of one's choice.
 *
 * <p>The stock server listens on all interfaces, accepts uploads and has no other way to be
 * started; its pages ask {@link VertxUIServer#getInstance()} for the server they are on. So this is
 * a {@code VertxUIServer} that replaces everything it does when it starts: which modules there are
 * (training and depth; no remote receiver), how they are reached ({@link RequestGuard}), and where
 * it listens. What the pages show comes from run directories alone, whoever trains there: {@link
 * RunStats} for Deeplearning4j's, {@link DepthModule} for ours.
 */
public final class MonitorServer extends VertxUIServer implements Closeable {

  /** Where a monitor listens unless told otherwise: this machine alone. */
  public static final String LOOPBACK = "127.0.0.1";

  /** The port that people who train with Deeplearning4j know. */
  public static final int PORT = DEFAULT_UI_PORT;

  private static final Logger LOG = LoggerFactory.getLogger(MonitorServer.class);
  private static final Set<String> LANGUAGES = Set.of("de", "en", "ja", "ko", "ru", "zh");
  private static final int SECONDS_TO_START = 30;

  /** Vert.x logs through this, if it is said before its first class is loaded. */
  private static final String LOGGING = "vertx.logger-delegate-factory-class-name";

  private static final long MILLIS_BETWEEN_READS = 1000;

  /** A connection that says nothing for so long is closed: they are not without number. */
  private static final int IDLE_SECONDS = 300;

  /** Runs whose samples are held in memory; the one not asked for longest goes first. */
  private static final int MOST_OPEN_RUNS = 12;

  private final String host;
  private final int wantedPort;
  private final RunCatalogue catalogue;
  private final TrainPages pages = new TrainPages();
  private final List<UIModule> modules = new ArrayList<>();
  private final List<StatsStorage> attached = new CopyOnWriteArrayList<>();
  private final Map<String, RunStats> open = new LinkedHashMap<>(16, 0.75f, true);
  private final AtomicBoolean reading = new AtomicBoolean();
  private Vertx machine;
  private HttpServer http;
  private volatile boolean closed;

  private MonitorServer(String host, int port, RunCatalogue catalogue) {
    this.host = host;
    this.wantedPort = port;
    this.catalogue = catalogue;
    // Here and not on Vert.x's event loop, which nothing may hold up.
    modules.add(new TrainModule());
    for (UIModule found : ServiceLoader.load(UIModule.class)) {
      if (found instanceof DepthModule) {
        modules.add(found);
      }
    }
  }

  /**
   * Starts a monitor; there can be one in a process.
   *
   * @param runsDirectory whose runs it shows, those that come later as well
   * @param host address or name to listen on
   * @param port to listen on; 0 for any that is free
   * @throws MonitorException if it cannot listen there
   */
  public static MonitorServer start(Path runsDirectory, String host, int port)
      throws MonitorException {
    if (getInstance() != null && !getInstance().isStopped()) {
      throw new IllegalStateException(
          "A training UI runs in this process already: " + getInstance().getAddress() + ".");
    }
    System.setProperty(LOGGING, SLF4JLogDelegateFactory.class.getName());
    RunCatalogue catalogue = new RunCatalogue(runsDirectory);
    DepthModule.show(catalogue);
    getMultiSession().set(true);
    MonitorServer server = new MonitorServer(host, port, catalogue);
    try {
      server.machine =
          Vertx.vertx(
              new VertxOptions()
                  .setFileSystemOptions(
                      new FileSystemOptions()
                          .setFileCachingEnabled(false)
                          .setClassPathResolvingEnabled(false)));
    } catch (IllegalStateException e) {
      server.closed = true;
      throw cannotListen(host, port, e); // no file descriptor left for it, or no place for files
    }
    CompletableFuture<String> started = new CompletableFuture<>();
    server.machine.deployVerticle(
        server,
        result -> {
          if (result.succeeded()) {
            started.complete(result.result());
          } else {
            started.completeExceptionally(result.cause());
          }
        });
    try {
      started.get(SECONDS_TO_START, TimeUnit.SECONDS);
      return server;
    } catch (ExecutionException e) {
      server.close();
      throw cannotListen(host, port, e.getCause());
    } catch (TimeoutException e) {
      server.close();
      throw cannotListen(host, port, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      server.close();
      throw cannotListen(host, port, e);
    }
  }

  private static MonitorException cannotListen(String host, int port, Throwable cause) {
    String cure =
        cause instanceof BindException
            ? " Another program may listen there: choose another port, or end that program."
            : cause instanceof UnknownHostException
                ? " Give an address of this machine, such as 127.0.0.1."
                : "";
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new MonitorException(
        "The monitor cannot listen on " + host + ", port " + port + ": " + reason + "." + cure,
        cause);
  }

  @Override
  public void start(Promise<Void> started) {
    Router router = Router.router(vertx);
    router.route().failureHandler(MonitorServer::failed);
    router.get(Assets.PREFIX + "*").handler(new Assets());
    router.get("/").handler(context -> redirect(context, "/depth"));
    router.get("/setlang/:to").handler(MonitorServer::setLanguage);
    router.get("/setlang/:run/:to").handler(MonitorServer::setLanguage);
    addPages(router);
    for (UIModule module : modules) {
      for (Route route : module.getRoutes()) {
        router
            .get(route.getRoute())
            .blockingHandler(
                context -> route.getConsumer().accept(arguments(route, context), context), false);
      }
    }
    vertx.setPeriodic(
        MILLIS_BETWEEN_READS,
        timer -> {
          // A slow disk delays the next look: looks that wait would take all worker threads.
          if (reading.compareAndSet(false, true)) {
            vertx.executeBlocking(this::readOn, false, result -> reading.set(false));
          }
        });
    http =
        vertx.createHttpServer(
            new HttpServerOptions().setHost(host).setPort(wantedPort).setIdleTimeout(IDLE_SECONDS));
    http.requestHandler(new RequestGuard(router, host, !isLoopback(host)))
        .listen(
            result -> {
              if (result.succeeded()) {
                started.complete();
              } else {
                started.fail(result.cause());
              }
            });
  }

  /** Whether an address is reached from this machine only. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Deeplearning4j's three pages: of a run, and, under their plain paths, of the newest. */
  private void addPages(Router router) {
    router.get("/train").handler(context -> redirect(context, "/depth"));
    for (TrainPages.Page page : TrainPages.Page.values()) {
      router
          .get("/train/" + page.path())
          .blockingHandler(context -> showNewest(page, context), false);
      router
          .get("/train/" + page.path() + "/*")
          .blockingHandler(context -> rerouteToNewest(page, context), false);
      router
          .get("/train/:run/" + page.path())
          .blockingHandler(context -> show(page, context.pathParam("run"), context), false);
    }
    router.get("/train/:run/*").blockingHandler(this::requireRun, false);
  }

  /** The newest run that can be shown: a damaged record hides no other. */
  private Optional<String> newest() {
    return catalogue.runs().stream()
        .filter(run -> run.problem() == null)
        .findFirst()
        .map(RunCatalogue.Run::id);
  }

  private void showNewest(TrainPages.Page page, RoutingContext context) {
    Optional<String> run = newest();
    if (run.isPresent()) {
      show(page, run.get(), context);
    } else {
      redirect(context, "/depth");
    }
  }

  /** The data of a page, under the path it has where a server shows a single run. */
  private void rerouteToNewest(TrainPages.Page page, RoutingContext context) {
    Optional<String> run = newest();
    if (run.isPresent()) {
      context.reroute(
          context.normalisedPath().replaceFirst("^/train/", "/train/" + run.get() + "/"));
    } else {
      context.fail(404);
    }
  }

  private void show(TrainPages.Page page, String run, RoutingContext context) {
    if (!open(run)) {
      context.fail(404);
      return;
    }
    try {
      context
          .response()
          .putHeader("Content-Type", "text/html; charset=utf-8")
          .end(pages.html(page, "/train/" + run + "/" + page.path(), "/depth#run=" + run));
    } catch (IOException e) {
      context.fail(e);
    }
  }

  /** Data of a run's pages: the framework's handlers take it for granted that the run is there. */
  private void requireRun(RoutingContext context) {
    String run = context.pathParam("run");
    if (run.equals("sessions") || run.equals("workers") || open(run)) {
      context.next();
    } else {
      context.fail(404);
    }
  }

  private static List<String> arguments(Route route, RoutingContext context) {
    List<String> arguments = new ArrayList<>();
    for (String part : route.getRoute().split("/")) {
      if (part.startsWith(":")) {
        arguments.add(context.pathParam(part.substring(1)));
      }
    }
    return arguments;
  }

  private static void setLanguage(RoutingContext context) {
    String language = context.pathParam("to");
    if (!LANGUAGES.contains(language)) {
      context.fail(404);
      return;
    }
    I18NProvider.getInstance().setDefaultLanguage(language);
    context.response().end();
  }

  private static void redirect(RoutingContext context, String to) {
    context.response().setStatusCode(302).putHeader("Location", to).end();
  }

  private static void failed(RoutingContext context) {
    if (context.response().ended() || context.response().closed()) {
      return; // the browser went away
    }
    int status = context.statusCode() < 0 ? 500 : context.statusCode();
    if (context.failure() != null) {
      LOG.warn("{}: {}", context.normalisedPath(), context.failure().toString());
      LOG.debug("What was thrown", context.failure());
    }
    context
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(
            status == 404
                ? "There is no such page, or no such run any more.\n"
                : "The monitor could not answer; its log on stderr says why.\n");
  }

  /**
   * Makes the pages of a run available.
   *
   * @return whether there is such a run
   */
  private synchronized boolean open(String id) {
    if (open.get(id) != null) {
      return true;
    }
    Optional<RunDirectory> directory = catalogue.find(id).map(RunCatalogue.Run::directory);
    if (directory.isEmpty()) {
      return false;
    }
    try {
      RunStats stats = RunStats.of(directory.get(), id);
      attach(stats);
      open.put(id, stats);
    } catch (IOException e) {
      LOG.warn("{} cannot be shown: {}", id, e.getMessage());
      return false;
    }
    Iterator<RunStats> longestUnused = open.values().iterator();
    while (open.size() > MOST_OPEN_RUNS) {
      detach(longestUnused.next());
      longestUnused.remove();
    }
    return true;
  }

  /** What was written since the last time. A run that is gone leaves the pages. */
  private void readOn(Promise<Object> done) {
    for (RunStats stats : opened()) {
      try {
        if (catalogue.find(stats.session()).isPresent()) {
          stats.refresh();
        } else {
          close(stats);
        }
      } catch (IOException | RuntimeException e) {
        LOG.info("{} is not shown any more: {}", stats, e.toString());
        close(stats);
      }
    }
    done.complete();
  }

  private synchronized List<RunStats> opened() {
    return List.copyOf(open.values());
  }

  private synchronized void close(RunStats stats) {
    detach(stats);
    open.remove(stats.session());
  }

  @Override
  public void attach(StatsStorage storage) {
    if (attached.contains(storage)) {
      return;
    }
    attached.add(storage);
    StatsStorageListener listener =
        event -> modules.forEach(module -> module.reportStorageEvents(List.of(event)));
    storage.registerStatsStorageListener(listener);
    modules.forEach(module -> module.onAttach(storage));
  }

  @Override
  public void detach(StatsStorage storage) {
    if (attached.remove(storage)) {
      storage.removeAllListeners();
      modules.forEach(module -> module.onDetach(storage));
      storage.listSessionIDs().forEach(I18NProvider::removeInstance);
    }
  }

  @Override
  public boolean isAttached(StatsStorage storage) {
    return attached.contains(storage);
  }

  @Override
  public List<StatsStorage> getStatsStorageInstances() {
    return List.copyOf(attached);
  }

  /** Runs are opened before the framework's handlers see a request: nothing is left to load. */
  @Override
  public Function<String, Boolean> getStatsStorageLoader() {
    return null;
  }

  @Override
  public void enableRemoteListener() {
    throw remoteReceiver();
  }

  @Override
  public void enableRemoteListener(StatsStorageRouter storage, boolean attach) {
    throw remoteReceiver();
  }

  private static UnsupportedOperationException remoteReceiver() {
    return new UnsupportedOperationException(
        "The remote receiver constructs what its senders name; this server has none. Write run"
            + " directories instead.");
  }

  @Override
  public void disableRemoteListener() {
    // It is never enabled.
  }

  @Override
  public boolean isRemoteListenerEnabled() {
    return false;
  }

  @Override
  public int getPort() {
    return http.actualPort();
  }

  @Override
  public String getAddress() {
    String name = host.contains(":") ? "[" + host + "]" : host;
    return "http://" + name + ":" + getPort();
  }

  @Override
  public boolean isStopped() {
    return closed;
  }

  /** Stops listening, and waits until no thread of the server is left to keep the process alive. */
  @Override
  public void close() {
    closed = true;
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    machine.close(result -> stopped.complete(null));
    try {
      stopped.get(SECONDS_TO_START, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("The monitor did not stop in time.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
