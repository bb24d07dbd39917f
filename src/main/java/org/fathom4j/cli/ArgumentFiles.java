package org.fathom4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.fathom4j.data.Datasets;

/** Words {@code @FILE}: picocli reads the files, and takes the name of a missing one for a word. */
final class ArgumentFiles {

  private ArgumentFiles() {}

  /** What is wrong with the first that cannot be read, if one cannot. */
  static Optional<String> problem(String... arguments) {
    return Arrays.stream(arguments)
        .filter(ArgumentFiles::isArgumentFile)
        .map(argument -> argument.substring(1))
        .filter(name -> !isReadable(name))
        .findFirst()
        .map(
            name ->
                (isDirectory(name)
                        ? name + " is a directory, no argument file. "
                        : "There is no argument file " + name + " that can be read. ")
                    + cure());
  }

  static boolean isArgumentFile(String argument) {
    return argument.length() > 1 && argument.startsWith("@") && !argument.startsWith("@@");
  }

  private static boolean isReadable(String name) {
    try {
      Path file = Path.of(name);
      return Files.isReadable(file) && !Files.isDirectory(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static boolean isDirectory(String name) {
    try {
      return Files.isDirectory(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static String cure() {
    Path models = Datasets.home().resolve("models");
    try (var files = Files.list(models)) {
      List<String> names =
          files
              .map(Path::toString)
              .filter(name -> name.endsWith(".args"))
              .sorted()
              .map(name -> "@" + name)
              .toList();
      if (!names.isEmpty()) {
        return "Ready ones are " + String.join(", ", names) + ".";
      }
    } catch (IOException e) {
      // no directory of models beside this program: the general advice follows
    }
    return "Argument files hold options, one a line, as in fathom train @my.args.";
  }
}
