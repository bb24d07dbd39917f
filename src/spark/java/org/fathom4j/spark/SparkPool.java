package org.fathom4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.fathom4j.compare.Task;
import org.fathom4j.compare.WorkerPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers of Apache Spark.
 *
 * <p>Each task is a job of its own, with one Spark task: one that cannot be done takes no other with
 * it. What needs other settings than Spark's own is set here; system properties {@code spark.…}
 * ({@code FATHOM_JAVA_OPTS=-Dspark.executor.memory=4g}) go before these.
 *
 * <p>With a {@code local} master the workers are threads of this process and nothing listens outside
 * this machine. Other masters get this program, its libraries and the named data set sent; their
 * executors need the same Spark, Scala and platform, and a Java 17 or newer.
 */
final class SparkPool implements WorkerPool {

  private static final Logger LOG = LoggerFactory.getLogger(SparkPool.class);

  /** What Spark's own scripts tell Java from version 17 on, and what the fused kernel needs. */
  private static final String JAVA_FLAGS =
      "--add-exports java.base/sun.nio.ch=ALL-UNNAMED --add-modules jdk.incubator.vector"
          + " -Djava.awt.headless=true -Dorg.deeplearning4j.crash.reporting.enabled=false";

  /** Matrices of these widths are too small for two threads of OpenMP, as the launcher says. */
  private static final List<String> OPEN_MP =
      List.of("OMP_NUM_THREADS=1", "OMP_WAIT_POLICY=PASSIVE");

  private final JavaSparkContext context;
  private final int threads;
  private final DataOnWorker data;
  private final Optional<Path> packed;
  private volatile boolean closing;

  private SparkPool(
      JavaSparkContext context, int threads, DataOnWorker data, Optional<Path> packed) {
    this.context = context;
    this.threads = threads;
    this.data = data;
    this.packed = packed;
    context.sc().addSparkListener(new Losses());
  }

  /** Opens a pool, as {@link org.fathom4j.compare.WorkerPoolProvider} says. */
  static SparkPool open(Settings settings) throws IOException {
    if (settings.master().isBlank()) {
      throw new IllegalArgumentException(
          "--master is empty: give local[2], local[*] or spark://HOST:PORT.");
    }
    boolean local = settings.master().startsWith("local[") || settings.master().equals("local");
    SparkConf conf =
        new SparkConf()
            .setMaster(settings.master())
            .setAppName(settings.name())
            .set("spark.task.cpus", Integer.toString(settings.threads()))
            .setIfMissing("spark.ui.enabled", "false")
            .setIfMissing("spark.ui.showConsoleProgress", "false");
    Optional<Path> packed = Optional.empty();
    try {
      if (local) {
        conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1");
      } else {
        packed = Optional.of(Files.createTempDirectory("fathom-spark-"));
        equipExecutors(conf, settings.threads(), packed.get());
      }
      JavaSparkContext context = connect(conf, settings.master());
      try {
        DataOnWorker data =
            local ? DataOnWorker.here(settings) : DataOnWorker.sent(settings, context.sc());
        return new SparkPool(context, settings.threads(), data, packed);
      } catch (IOException | RuntimeException e) {
        context.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      if (packed.isPresent()) {
        FileUtils.deleteDirectory(packed.get().toFile());
      }
      throw e;
    }
  }

  private static void equipExecutors(SparkConf conf, int threads, Path packed) throws IOException {
    conf.set(
        "spark.jars",
        Stream.concat(
                conf.getOption("spark.jars").isDefined()
                    ? Stream.of(conf.get("spark.jars"))
                    : Stream.empty(),
                ShippedJars.of(System.getProperty("java.class.path"), packed).stream()
                    .map(jar -> jar.toUri().toString()))
            .collect(Collectors.joining(",")));
    conf.set(
        "spark.executor.extraJavaOptions",
        JAVA_FLAGS + " " + conf.get("spark.executor.extraJavaOptions", ""));
    for (String variable : OPEN_MP) {
      String[] parts = variable.split("=");
      String here = System.getenv(parts[0]);
      conf.setIfMissing("spark.executorEnv." + parts[0], here == null ? parts[1] : here);
    }
  }

  /** Spark throws SparkException, which it does not declare, for what it does not understand. */
  private static JavaSparkContext connect(SparkConf conf, String master) throws IOException {
    try {
      JavaSparkContext context = new JavaSparkContext(conf);
      if (!context.sc().isStopped()) {
        return context;
      }
    } catch (Exception e) {
      if (e instanceof SparkException) {
        throw new IllegalArgumentException(
            "--master " + master + " cannot be used: " + firstLine(e) + ".", e);
      }
      throw new IOException(
          "Spark does not start with --master "
              + master
              + ": "
              + firstLine(e)
              + ". FATHOM_JAVA_OPTS=-Dfathom.log.spark=INFO shows what Spark says.",
          e);
    }
    // It has given up by itself, after a minute.
    throw new IOException(
        "No master answers at "
            + master
            + ". See that it runs and can be reached from here, and that --master is what its page says.");
  }

  /** The message without Spark's traces, and without a full stop. */
  static String firstLine(Throwable failure) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return message.lines().findFirst().orElse("").strip().replaceAll("\\.$", "");
  }

  @Override
  public <R extends Serializable> Future<R> submit(String name, Task<R> task) {
    if (context.sc().isStopped()) {
      return CompletableFuture.failedFuture(
          new IOException(SparkAnswer.GAVE_UP + "no connection to the master. See that it runs and can be reached."));
    }
    context.setJobDescription(name);
    JavaRDD<Task<R>> one = context.parallelize(List.of(task), 1);
    JavaFutureAction<List<Answer<R>>> job = one.map(new Errand<R>(threads, data)).collectAsync();
    return new SparkAnswer<>(job);
  }

  @Override
  public void close() {
    closing = true;
    if (!context.sc().isStopped()) {
      try {
        context.sc().cancelAllJobs();
      } catch (IllegalStateException e) {
        LOG.debug("The connection to the master was lost just now.", e);
      }
    }
    context.close();
    packed.ifPresent(
        directory -> {
          try {
            FileUtils.deleteDirectory(directory.toFile());
          } catch (IOException e) {
            LOG.warn("{} is left behind and may be deleted: {}", directory, e.toString());
          }
        });
  }

  /** Says aloud that a worker is lost. */
  private final class Losses extends SparkListener {
    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
      if (!closing) {
        LOG.warn(
            "Worker {} is lost ({}). Its runs and searches begin anew on others.",
            removed.executorId(),
            removed.reason().lines().findFirst().orElse("no reason given"));
      }
    }
  }
}
