package org.fathom4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.fathom4j.compare.WorkerPool;
import org.fathom4j.data.Datasets;

/**
 * How a worker finds what it trains on. A data set with a name travels to other machines with the
 * program; a directory of the user's own must lie at the same path everywhere.
 *
 * @param name of the data set
 * @param home that holds {@code datasets/} and that the workers share; null if they share none
 * @param directory that the user named; null if he did not
 * @param files names of the files that were sent, to be put into {@code datasets/NAME}
 */
record DataOnWorker(String name, String home, String directory, List<String> files)
    implements Serializable {

  DataOnWorker {
    files = List.copyOf(files);
  }

  /** For workers in this process. */
  static DataOnWorker here(WorkerPool.Settings settings) {
    return new DataOnWorker(
        settings.data().name(), settings.home().toString(), settings.data().directory(), List.of());
  }

  /** For workers elsewhere: sends what can be sent. */
  static DataOnWorker sent(WorkerPool.Settings settings, SparkContext context) throws IOException {
    String name = settings.data().name();
    String directory = settings.data().directory();
    Optional<Path> found =
        directory == null ? Datasets.find(name, settings.home()) : Optional.empty();
    if (found.isEmpty()) {
      return new DataOnWorker(name, null, directory, List.of());
    }
    try (Stream<Path> entries = Files.list(found.get())) {
      List<Path> files = entries.filter(Files::isRegularFile).sorted().toList();
      files.forEach(file -> context.addFile(file.toString()));
      return new DataOnWorker(
          name, null, null, files.stream().map(file -> file.getFileName().toString()).toList());
    }
  }

  /**
   * The directory that holds {@code datasets/}, made if need be.
   *
   * @param scratch where to make it
   * @throws IOException if the user's directory is not on this worker
   */
  Path home(Path scratch) throws IOException {
    if (directory != null && !Files.isDirectory(Path.of(directory))) {
      throw new IOException(
          "There is no directory "
              + directory
              + " (--data-dir) on the worker "
              + InetAddress.getLocalHost().getHostName()
              + ". Put it at this path on every worker, or use a named data set without --data-dir,"
              + " which is sent to them.");
    }
    if (home != null) {
      return Path.of(home);
    }
    Path made = Files.createDirectories(scratch.resolve("home/datasets").resolve(name));
    for (String file : files) {
      Files.createSymbolicLink(made.resolve(file), Path.of(SparkFiles.get(file)));
    }
    return scratch.resolve("home");
  }
}
