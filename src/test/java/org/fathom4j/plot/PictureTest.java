package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PictureTest {

  @TempDir Path directory;

  /** How Java fails without fontconfig or libfreetype, by version. */
  static Stream<Throwable> fontFailures() {
    return Stream.of(
        new NullPointerException("Cannot load from short array because head is null"),
        new InternalError("java.lang.reflect.InvocationTargetException"),
        new UnsatisfiedLinkError("libfreetype.so.6: cannot open shared object file"),
        new NoClassDefFoundError("Could not initialize class sun.font.SunFontManager"),
        new RuntimeException("Fontconfig head is null, check your fonts or fonts configuration"));
  }

  @ParameterizedTest
  @MethodSource("fontFailures")
  void aJavaThatCannotDrawIsAnIoExceptionThatNamesTheCure(Throwable failure) {
    Path file = directory.resolve("a.png");

    assertThatThrownBy(
            () ->
                Picture.write(
                    file,
                    10,
                    20,
                    graphics -> {
                      if (failure instanceof Error error) {
                        throw error;
                      }
                      throw (RuntimeException) failure;
                    }))
        .isInstanceOf(PlotException.class)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot draw " + file)
        .hasMessageContaining("Install fontconfig and a font")
        .hasCause(failure);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");

    assertThatThrownBy(() -> Picture.write(file.resolve("a.png"), 10, 20, graphics -> {}))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(PlotException.class)
        .hasMessageContaining("Cannot make the directory " + file);
  }
}
