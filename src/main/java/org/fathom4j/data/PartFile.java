package org.fathom4j.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file being written next to its place, which it takes only when it is whole.
 *
 * <p>It is deleted on {@link #close()}, and on Ctrl-C by a shutdown hook. A killed process has no
 * time to do so; the process number in the name, {@code .NAME.PID.RANDOM.part}, lets {@link
 * #deleteLeftBehind} do it later.
 */
final class PartFile implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PartFile.class);
  private static final Pattern NAME = Pattern.compile("\\..+\\.(\\d+)\\.\\d+\\.part");

  private final Path path;
  private final Thread deleteAtExit;

  /** A new empty file in the directory of the target. */
  static PartFile of(Path target) throws IOException {
    String prefix = "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".";
    return new PartFile(Files.createTempFile(target.getParent(), prefix, ".part"));
  }

  private PartFile(Path path) {
    this.path = path;
    this.deleteAtExit = new Thread(this::delete, "delete " + path.getFileName());
    Runtime.getRuntime().addShutdownHook(deleteAtExit);
  }

  Path path() {
    return path;
  }

  /** Gives the file to its place: on the disk first, then renamed in one step. */
  void moveTo(Path target) throws IOException {
    makeReadable();
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    try {
      Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system of " + target + " cannot rename in one step", e);
    }
    syncDirectory(target.getParent());
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(deleteAtExit);
    } catch (IllegalStateException e) {
      LOG.debug("The program is ending; {} is deleted by its shutdown hook.", path);
    }
  }

  /** Deletes what processes that no longer run have left in a directory. */
  static void deleteLeftBehind(Path directory) throws IOException {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory, ".*.part")) {
      for (Path part : parts) {
        Matcher name = NAME.matcher(part.getFileName().toString());
        if (name.matches() && !isRunning(name.group(1))) {
          Files.deleteIfExists(part);
          LOG.info("Deleted {}, left behind by a process that was killed.", part);
        }
      }
    }
  }

  private static boolean isRunning(String process) {
    return ProcessHandle.of(Long.parseLong(process)).map(ProcessHandle::isAlive).orElse(false);
  }

  private void delete() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("Cannot delete the partial file {}: {}", path, e.getMessage());
    }
  }

  /** Temporary files are private to their owner; a data set may be read by all. */
  private void makeReadable() throws IOException {
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    }
  }

  /** Some systems cannot open a directory; there the rename is as durable as they make it. */
  private static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      LOG.debug("Cannot synchronize the directory {}: {}", directory, e.getMessage());
    }
  }
}
