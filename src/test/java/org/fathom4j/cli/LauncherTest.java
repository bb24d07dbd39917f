package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a house of its own, with a Maven and a Java that only say what they were told.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

  @TempDir private Path temporary;

  private Path house;
  private Path tools;

  @BeforeEach
  void buildTheHouse() throws IOException {
    house = Files.createDirectories(temporary.resolve("a house"));
    tools = Files.createDirectories(temporary.resolve("tools"));
    Files.copy(Path.of("fathom"), house.resolve("fathom"));
    executable(house.resolve("fathom"));
    Files.createDirectories(house.resolve("src/main/java"));
    Files.writeString(house.resolve("pom.xml"), "<project/>");
    age(house.resolve("pom.xml"));
    age(house.resolve("src/main/java"));
    age(house.resolve("src/main"));
    Files.writeString(temporary.resolve("some.jar"), "");
    script(
        "mvn",
        "echo maven works >&2",
        "mkdir -p target",
        "echo '" + temporary.resolve("some.jar") + "' > target/classpath.txt");
    script("java", "printf '%s\\n' \"$@\"");
  }

  private void script(String name, String... lines) throws IOException {
    Path file = tools.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    executable(file);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void age(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3600)));
  }

  private Said launch(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return launch(house.resolve("fathom"), environment, arguments);
  }

  private Said launch(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    Path err = temporary.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("FATHOM_JAVA_OPTS");
    builder.environment().put("PATH", tools + ":/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.directory(temporary.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), out, Files.readString(err));
  }

  @Test
  void the_first_use_builds_and_says_so_on_stderr() throws Exception {
    Said said = launch(Map.of(), "train", "--name", "two words");
    assertThat(said.code()).isZero();
    assertThat(said.err()).startsWith("fathom: building (").contains("maven works");
    assertThat(said.out().lines())
        .contains("-Dfathom.home=" + house.toRealPath())
        .endsWith("org.fathom4j.cli.Main", "train", "--name", "two words");
  }

  @Test
  void what_is_built_is_not_built_again() throws Exception {
    launch(Map.of());
    assertThat(launch(Map.of()).err()).isEmpty();
  }

  @Test
  void a_newer_source_is_built() throws Exception {
    launch(Map.of());
    Path source = Files.writeString(house.resolve("src/main/java/New.java"), "class New {}");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(launch(Map.of()).err()).startsWith("fathom: building (");
  }

  @Test
  void a_library_that_is_gone_is_fetched_again() throws Exception {
    launch(Map.of());
    Files.delete(temporary.resolve("some.jar"));
    assertThat(launch(Map.of()).err()).startsWith("fathom: building (");
  }

  /** A Maven that builds what it is told to. */
  private void mavenWithProfiles() throws IOException {
    script(
        "mvn",
        "echo maven \"$@\" >&2",
        "case \"$*\" in",
        "  *-Pspark*) target=target/spark ;;",
        "  *-Pcuda*) target=target/cuda ;;",
        "  *) target=target ;;",
        "esac",
        "mkdir -p $target",
        "echo '" + temporary.resolve("some.jar") + "' > $target/classpath.txt");
    Files.createDirectories(house.resolve("src/spark/java"));
    age(house.resolve("src/spark/java"));
    age(house.resolve("src/spark"));
  }

  @Test
  void a_master_takes_the_build_with_Spark() throws Exception {
    mavenWithProfiles();
    Path built = house.toRealPath().resolve("target/spark");
    Path recipe = Files.writeString(temporary.resolve("my.args"), "--depth 3\n--master local[2]\n");
    for (String word : List.of("--master", "--master=local[2]", "@" + recipe)) {
      Said said = launch(Map.of(), "compare", word);
      assertThat(said.out().lines())
          .containsSubsequence("--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED")
          .anyMatch(path -> path.startsWith(built + "/classes:"))
          .endsWith("org.fathom4j.cli.Main", "compare", word);
    }
    assertThat(house.resolve("target/classpath.txt")).doesNotExist();
    assertThat(launch(Map.of(), "compare", "--master").err()).as("built once").isEmpty();
  }

  private void machine(String system) throws IOException {
    script("uname", "echo '" + system + "'");
  }

  @Test
  void cuda_takes_the_build_with_that_backend() throws Exception {
    mavenWithProfiles();
    machine("Linux x86_64");
    Path built = house.toRealPath().resolve("target/cuda");
    Path recipe = Files.writeString(temporary.resolve("my.args"), "--depth 3\n--cuda\n");
    for (List<String> words :
        List.of(
            List.of("--cuda", "train"),
            List.of("train", "--cuda"),
            List.of("train", "@" + recipe))) {
      Said said = launch(Map.of(), words.toArray(String[]::new));
      assertThat(said.out().lines())
          .anyMatch(path -> path.startsWith(built + "/classes:"))
          .endsWith("org.fathom4j.cli.Main", words.get(0), words.get(1))
          .doesNotContain("--add-exports");
    }
    assertThat(house.resolve("target/classpath.txt")).doesNotExist();
    assertThat(launch(Map.of(), "train", "--cuda").err()).as("built once").isEmpty();
  }

  @Test
  void without_cuda_there_is_no_such_build() throws Exception {
    mavenWithProfiles();
    Path recipe =
        Files.writeString(
            temporary.resolve("my.args"),
            "# faster with --cuda\n--kernel cuda\n--name=no--cuda # --cuda\n");
    Said said = launch(Map.of(), "train", "@" + recipe, "--kernel=cuda", "--cudas");
    assertThat(said.err()).contains("maven").doesNotContain("cuda");
    assertThat(said.out()).doesNotContain("target/cuda");
  }

  @Test
  void two_builds_at_once_are_refused() throws Exception {
    mavenWithProfiles();
    machine("Linux x86_64");
    Said said = launch(Map.of(), "compare", "--cuda", "--master");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).startsWith("fathom: --cuda and --master take different builds");
    assertThat(said.out()).isEmpty();
  }

  @Test
  void a_platform_without_the_backend_downloads_nothing() throws Exception {
    mavenWithProfiles();
    machine("Darwin arm64");
    Said said = launch(Map.of(), "--cuda", "train");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err())
        .isEqualTo(
            "fathom: ND4J's CUDA backend is for Linux on x86-64, but this is Darwin arm64; leave"
                + " --cuda out\n");
  }

  @Test
  void without_a_master_there_is_no_Spark() throws Exception {
    mavenWithProfiles();
    Path recipe =
        Files.writeString(
            temporary.resolve("my.args"),
            "# with --master it takes an hour\n--depth 3 # without --master\n--name=no--master\n");
    Said said = launch(Map.of(), "compare", "@" + recipe, "@missing.args", "--masters");
    assertThat(said.err()).contains("maven").doesNotContain("spark");
    assertThat(said.out()).doesNotContain("spark", "--add-exports");
  }

  @Test
  void a_newer_source_for_Spark_concerns_only_its_build() throws Exception {
    mavenWithProfiles();
    launch(Map.of());
    launch(Map.of(), "compare", "--master");
    Path source = Files.writeString(house.resolve("src/spark/java/New.java"), "class New {}");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(launch(Map.of()).err()).isEmpty();
    assertThat(launch(Map.of(), "compare", "--master").err()).startsWith("fathom: building (");
  }

  @Test
  void a_failed_build_is_said_and_nothing_runs() throws Exception {
    script("mvn", "echo cannot compile >&2", "exit 1");
    Said said = launch(Map.of());
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains("cannot compile", "fathom: the build failed");
    assertThat(launch(Map.of()).err()).as("the next use tries again").contains("building");
  }

  @Test
  void colours_of_maven_do_not_reach_stderr() throws Exception {
    script(
        "mvn",
        "printf '\\033[1;31mred\\033[0m\\n'",
        "mkdir -p target",
        "echo x >target/classpath.txt");
    assertThat(launch(Map.of()).err()).contains("\nred\n").doesNotContain("\u001b");
  }

  @Test
  void a_link_finds_the_house() throws Exception {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), house.resolve("fathom"));
    Said said = launch(link, Map.of(), "doctor");
    assertThat(said.out()).contains("-Dfathom.home=" + house.toRealPath());
  }

  @Test
  void FATHOM_JAVA_OPTS_adds_flags_before_the_program() throws Exception {
    List<String> words = launch(Map.of("FATHOM_JAVA_OPTS", "-Xmx3g -Xint")).out().lines().toList();
    assertThat(words).containsSubsequence("-Xmx3g", "-Xint", "-cp", "org.fathom4j.cli.Main");
  }

  @Test
  void a_wrong_JAVA_HOME_is_named() throws Exception {
    Said said = launch(Map.of("JAVA_HOME", "/no/java"));
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err())
        .isEqualTo(
            "fathom: JAVA_HOME is /no/java, but there is no bin/java in it; correct or unset it\n");
  }

  @Test
  void an_old_Java_is_refused_with_its_version() throws Exception {
    for (Map.Entry<String, String> old : Map.of("1.8.0_402", "8", "11.0.2", "11").entrySet()) {
      script("jdk/bin/java", "echo must not run");
      Files.writeString(tools.resolve("jdk/release"), "JAVA_VERSION=\"" + old.getKey() + "\"\n");
      Said said = launch(Map.of("JAVA_HOME", tools.resolve("jdk").toString()));
      assertThat(said.code()).isEqualTo(ExitCode.FAILED);
      assertThat(said.err()).startsWith("fathom: Java " + old.getValue() + " is too old");
    }
  }

  @Test
  void a_Java_new_enough_runs() throws Exception {
    script("jdk/bin/java", "echo runs");
    Files.writeString(tools.resolve("jdk/release"), "JAVA_VERSION=\"21.0.3\"\n");
    assertThat(launch(Map.of("JAVA_HOME", tools.resolve("jdk").toString())).out())
        .isEqualTo("runs\n");
  }

  @Test
  void a_missing_Maven_is_said() throws Exception {
    Files.delete(tools.resolve("mvn"));
    for (String tool :
        List.of("bash", "env", "dirname", "readlink", "find", "tr", "sed", "mkdir", "flock")) {
      for (String place : List.of("/bin/", "/usr/bin/")) {
        if (Files.exists(Path.of(place + tool)) && !Files.exists(tools.resolve(tool))) {
          script(tool, "exec " + place + tool + " \"$@\"");
        }
      }
    }
    Said said = launch(Map.of("PATH", tools.toString()));
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).isEqualTo("fathom: no Maven found; install Maven 3.6.3 or newer\n");
  }
}
