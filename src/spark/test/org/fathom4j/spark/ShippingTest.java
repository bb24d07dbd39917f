package org.fathom4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fathom4j.compare.WorkerPool;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.train.ExperimentSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What executors on other machines get; scripts/spark-loopback tries it on real ones. */
class ShippingTest {

  @TempDir Path directory;

  @Test
  void executors_get_everything_but_Spark_itself_and_its_logging() throws IOException {
    String classPath =
        Stream.of(
                "fathom4j.jar",
                "nd4j-native.jar",
                "spark-core_2.13-3.5.6.jar",
                "scala-library.jar",
                "hadoop-client-api.jar",
                "slf4j-api-2.0.17.jar",
                "logback-classic.jar",
                "log4j-core.jar")
            .map(this::file)
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(ShippedJars.of(classPath, directory))
        .extracting(jar -> jar.getFileName().toString())
        .containsExactly("fathom4j.jar", "nd4j-native.jar");
  }

  private String file(String name) {
    try {
      return Files.writeString(directory.resolve(name), "").toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void a_directory_of_classes_is_packed_with_what_lies_in_it() throws IOException {
    Path classes = Files.createDirectories(directory.resolve("classes/META-INF/services"));
    Files.writeString(classes.resolve("some.Service"), "its.Provider");
    String classPath =
        directory.resolve("classes") + File.pathSeparator + directory.resolve("missing");
    List<Path> jars = ShippedJars.of(classPath, directory);
    assertThat(jars).hasSize(1);
    try (JarFile jar = new JarFile(jars.get(0).toFile())) {
      assertThat(jar.stream().map(Object::toString))
          .containsExactly("META-INF/services/some.Service");
    }
  }

  private static WorkerPool.Settings settings(String data, String directory) {
    return new WorkerPool.Settings(
        "test",
        "spark://host:7077",
        1,
        Path.of("").toAbsolutePath(),
        new ExperimentSpec.DataSpec(data, directory, null, null, Preprocessing.UNIT));
  }

  @Test
  void a_directory_of_the_users_own_must_be_on_the_worker() throws IOException {
    DataOnWorker there =
        DataOnWorker.sent(settings("fashion-mnist", directory.toString()), null);
    there.home(directory);
    DataOnWorker missing = DataOnWorker.sent(settings("fashion-mnist", "/no/such"), null);
    assertThatThrownBy(() -> missing.home(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("There is no directory /no/such (--data-dir) on the worker ")
        .hasMessageContaining("at this path on every worker");
  }

  @Test
  void made_up_data_need_no_files() throws IOException {
    assertThat(DataOnWorker.sent(settings("fake", null), null).files()).isEmpty();
  }
}
