package org.fathom4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.record.GpuReceipt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/** What the README shows, works. */
class ReadmeTest {

  private static final Path README = Path.of("README.md");

  @TempDir Path directory;

  @Test
  void its_java_program_compiles_and_builds_a_network_of_a_thousand_blocks() throws Exception {
    Matcher block =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
    assertThat(block.find()).isTrue();
    Path source = Files.writeString(directory.resolve("Deep.java"), block.group(1));
    compile(source);
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
      MultiLayerNetwork net =
          (MultiLayerNetwork) loader.loadClass("Deep").getMethod("network").invoke(null);
      assertThat(net.numParams()).isEqualTo(785 * 64 + 1000 * 2 * 64 * 16 + 65 * 10);
      assertThat(net.output(Nd4j.rand(3, 784)).shape()).containsExactly(3, 10);
    }
  }

  private void compile(Path source) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  @Test
  void every_file_it_names_is_there() throws Exception {
    Matcher links =
        Pattern.compile("\\]\\((?!https?:)([^)]+)\\)").matcher(Files.readString(README));
    while (links.find()) {
      assertThat(Path.of(links.group(1))).exists();
    }
  }

  @Test
  void what_it_says_of_GPUs_is_the_newest_receipt() throws Exception {
    Matcher section =
        Pattern.compile("<!-- the newest receipt.*? -->\n(.*?)\n<!-- end", Pattern.DOTALL)
            .matcher(Files.readString(README));
    assertThat(section.find()).isTrue();
    Optional<Path> newest = GpuReceipt.newest(Path.of("runs/gpu-receipts"));
    if (newest.isEmpty()) {
      assertThat(section.group(1)).contains("not yet run on a GPU").doesNotContain("passed");
    } else {
      GpuReceipt receipt = GpuReceipt.read(newest.get());
      assertThat(receipt.device().name()).doesNotContain("Emulated");
      assertThat(section.group(1))
          .isEqualTo(receipt.markdown(newest.get().getFileName().toString()));
    }
  }

  @Test
  void every_recipe_in_models_is_described() throws Exception {
    String described = Files.readString(Path.of("models/README.md"));
    Path models = Path.of("models");
    try (var files = Files.walk(models)) {
      files
          .map(file -> models.relativize(file).toString())
          .filter(name -> name.endsWith(".args"))
          .forEach(name -> assertThat(described).contains("`" + name + "`"));
    }
  }
}
