package org.fathom4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * This program as jars for executors that have nothing but Spark: everything on the class path but
 * Spark itself and the logging that it brings; directories of classes are packed.
 */
final class ShippedJars {

  /** Jars that an executor has in its own version, or that would be a second binding of slf4j. */
  private static final List<String> NOT_SHIPPED =
      List.of(
          "spark-", "scala-", "hadoop-", "slf4j-", "log4j-", "logback-", "jul-to-", "jcl-over-");

  private ShippedJars() {}

  /**
   * The jars to ship.
   *
   * @param classPath of this process
   * @param packed an existing directory for those that must be made
   */
  static List<Path> of(String classPath, Path packed) throws IOException {
    List<Path> jars = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        jars.add(pack(path, packed.resolve("fathom4j-" + jars.size() + ".jar")));
      } else if (Files.isRegularFile(path) && isShipped(path.getFileName().toString())) {
        jars.add(path.toAbsolutePath());
      }
    }
    return jars;
  }

  private static boolean isShipped(String name) {
    return NOT_SHIPPED.stream().noneMatch(name::startsWith);
  }

  private static Path pack(Path directory, Path jar) throws IOException {
    try (Stream<Path> entries = Files.walk(directory);
        OutputStream out = Files.newOutputStream(jar);
        JarOutputStream archive = new JarOutputStream(out)) {
      for (Path file : entries.filter(Files::isRegularFile).sorted().toList()) {
        String name = directory.relativize(file).toString().replace(File.separatorChar, '/');
        archive.putNextEntry(new JarEntry(name));
        Files.copy(file, archive);
        archive.closeEntry();
      }
    }
    return jar;
  }
}
