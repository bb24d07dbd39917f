package org.fathom4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data set of four IDX files whose content is known by its hash.
 *
 * @param name its name in the catalogue and of its directory under {@code datasets/}
 * @param summary what it is, a phrase
 * @param classNames the classes in the order of their numbers
 * @param rows of an image
 * @param columns of an image
 * @param trainImages how many there are
 * @param testImages how many there are
 * @param sha256 of the decompressed files
 * @param systemDirectory where the operating system's package puts them, if there is one
 * @param cure what to do when the files are missing
 */
record IdxCollection(
    String name,
    String summary,
    List<String> classNames,
    int rows,
    int columns,
    int trainImages,
    int testImages,
    Map<IdxPart, String> sha256,
    Optional<Path> systemDirectory,
    String cure) {

  private static final Logger LOG = LoggerFactory.getLogger(IdxCollection.class);

  IdxCollection {
    sha256 = new EnumMap<>(sha256);
    if (sha256.size() != IdxPart.values().length) {
      throw new IllegalArgumentException(name + " needs the hash of each of its four files.");
    }
  }

  /** Where {@code fathom data fetch} puts the files. */
  Path directoryUnder(Path home) {
    return home.resolve("datasets").resolve(name);
  }

  /** Bytes of a decompressed file. */
  long decompressedBytes(IdxPart part) {
    long images = part.isTraining() ? trainImages : testImages;
    return part.content() == IdxFile.Content.IMAGES ? 16 + images * rows * columns : 8 + images;
  }

  /** The first of the usual places that has all four files. */
  Optional<Path> find(Path home) {
    return places(home).filter(p -> missingFrom(p).isEmpty()).findFirst();
  }

  /** The first of the usual places that has any of the four files. */
  Optional<Path> findAny(Path home) {
    return places(home).filter(p -> missingFrom(p).size() < IdxPart.values().length).findFirst();
  }

  /** Reads the four files from the usual places or from the directory given, and checks hashes. */
  Dataset load(Optional<Path> given, Path home) throws DataException {
    Path directory = given.isPresent() ? requireComplete(given.get()) : firstCompletePlace(home);
    Map<IdxPart, IdxFile> files = new EnumMap<>(IdxPart.class);
    Map<String, String> hashes = new LinkedHashMap<>();
    for (IdxPart part : IdxPart.values()) {
      IdxFile file = read(part, part.in(directory).orElseThrow());
      files.put(part, file);
      hashes.put(part.fileName(), file.sha256());
    }
    return new Dataset(
        name,
        LabeledImages.of(
            files.get(IdxPart.TRAIN_IMAGES), files.get(IdxPart.TRAIN_LABELS), classNames),
        LabeledImages.of(
            files.get(IdxPart.TEST_IMAGES), files.get(IdxPart.TEST_LABELS), classNames),
        hashes,
        Optional.of(directory));
  }

  /** Reads one file and holds its content against the hash. */
  IdxFile read(IdxPart part, Path file) throws DataException {
    return requireRight(part, IdxFile.read(file, part.content()));
  }

  /** Holds the content of a file against the hash. */
  IdxFile requireRight(IdxPart part, IdxFile file) throws DataException {
    if (!file.sha256().equals(sha256.get(part))) {
      throw new DataException(different(part, file.name(), file.sha256()));
    }
    return file;
  }

  /**
   * Checks each of the four files of the directory given, else of the first of the usual places
   * that has any of them.
   */
  DatasetCheck check(Optional<Path> given, Path home) throws DataException {
    Path directory =
        given.isPresent()
            ? requireDirectory(given.get())
            : findAny(home).orElseThrow(() -> notFound(home, List.of()));
    List<FileCheck> checks = new ArrayList<>();
    for (IdxPart part : IdxPart.values()) {
      checks.add(check(part, directory));
    }
    return new DatasetCheck(name, directory, checks);
  }

  private FileCheck check(IdxPart part, Path directory) {
    String expected = sha256.get(part);
    Optional<Path> file = part.in(directory);
    if (file.isEmpty()) {
      return new FileCheck(
          part.compressedName(),
          FileCheck.Status.MISSING,
          expected,
          "",
          directory.resolve(part.compressedName()) + " does not exist. " + cure);
    }
    String fileName = file.get().getFileName().toString();
    try {
      String found = IdxFile.read(file.get(), part.content()).sha256();
      return found.equals(expected)
          ? new FileCheck(fileName, FileCheck.Status.OK, expected, found, "")
          : new FileCheck(
              fileName,
              FileCheck.Status.DIFFERENT,
              expected,
              found,
              different(part, file.get().toString(), found));
    } catch (DataException e) {
      return new FileCheck(fileName, FileCheck.Status.DAMAGED, expected, "", e.getMessage());
    }
  }

  private String different(IdxPart part, String file, String found) {
    String who =
        FashionMnist.recognize(found)
            .map(content -> "it is the file " + content)
            .orElse("it was altered or belongs to another data set");
    return String.format(
        "%s is not the %s of %s: %s. The SHA-256 of its decompressed content is %s, expected was "
            + "%s. %s",
        file, part.fileName(), name, who, found, sha256.get(part), cure);
  }

  private Path requireDirectory(Path directory) throws DataException {
    if (!Files.isDirectory(directory)) {
      throw new DataException(
          String.format(
              "There is no directory %s, where %s was to be read. %s", directory, name, cure));
    }
    return directory;
  }

  private Path requireComplete(Path directory) throws DataException {
    List<IdxPart> missing = missingFrom(requireDirectory(directory));
    if (!missing.isEmpty()) {
      throw new DataException(
          String.format("%s lacks %s of %s. %s", directory, names(missing), name, cure));
    }
    return directory;
  }

  private Path firstCompletePlace(Path home) throws DataException {
    List<String> lacking = new ArrayList<>();
    for (Path place : places(home).toList()) {
      List<IdxPart> missing = missingFrom(place);
      if (missing.isEmpty()) {
        lacking.forEach(l -> LOG.warn("{}; reading {} instead.", l, place));
        return place;
      }
      if (missing.size() < IdxPart.values().length) {
        lacking.add(place + " is incomplete, it lacks " + names(missing));
      }
    }
    throw notFound(home, lacking);
  }

  private DataException notFound(Path home, List<String> lacking) {
    String seen = lacking.isEmpty() ? "" : " (" + String.join("; ", lacking) + ")";
    return new DataException(
        String.format(
            "The data set %s is not in %s%s. %s",
            name,
            places(home).map(Path::toString).collect(Collectors.joining(", nor in ")),
            seen,
            cure));
  }

  private Stream<Path> places(Path home) {
    return Stream.concat(Stream.of(directoryUnder(home)), systemDirectory.stream());
  }

  private static List<IdxPart> missingFrom(Path directory) {
    return Stream.of(IdxPart.values()).filter(p -> p.in(directory).isEmpty()).toList();
  }

  private static String names(List<IdxPart> parts) {
    return parts.stream().map(IdxPart::compressedName).collect(Collectors.joining(", "));
  }
}
