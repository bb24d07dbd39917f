package org.fathom4j.record;

import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a file so that its name always stands for whole content, the old or the new.
 *
 * <p>The bytes go to a file beside it ({@code NAME.PID.N.tmp}), which is synced and then renamed
 * over the target; last, the directory is synced, so that the rename survives a power cut. When
 * anything fails, the file beside is deleted and the target is as it was.
 */
public final class AtomicFile {

  private static final String SUFFIX = ".tmp";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  /** Produces the content of a file. */
  @FunctionalInterface
  public interface Content {

    /** Writes everything; need neither flush nor close. */
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes or replaces {@code target}.
   *
   * @throws IOException naming the file and the cure when it cannot be written; nothing
   *     half-written is left
   */
  public static void write(Path target, Content content) throws IOException {
    Path directory = target.toAbsolutePath().getParent();
    Path aside =
        directory.resolve(
            target.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "."
                + COUNTER.getAndIncrement()
                + SUFFIX);
    boolean renamed = false;
    try {
      // Not a FileChannel: an interrupted thread would close it in the middle of a checkpoint.
      try (FileOutputStream file = new FileOutputStream(aside.toFile());
          OutputStream out = new BufferedOutputStream(file, BUFFER_BYTES)) {
        content.writeTo(out);
        out.flush();
        file.getFD().sync();
      }
      Files.move(
          aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      renamed = true;
      syncDirectory(directory);
    } catch (IOException e) {
      throw cannotWrite(target, e);
    } finally {
      if (!renamed) {
        Files.deleteIfExists(aside);
      }
    }
  }

  /** Removes what a killed process left beside the files whose names match {@code glob}. */
  static void removeLeftovers(Path directory, String glob) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, glob + SUFFIX)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  /**
   * Makes renames and deletions in a directory durable. Windows cannot open a directory; its file
   * systems order renames by themselves.
   */
  static void syncDirectory(Path directory) throws IOException {
    if (WINDOWS) {
      return;
    }
    // An interrupted thread cannot use a channel; the interrupt is kept for whoever waits for it.
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The same failure, with the file's name and what to do. */
  static IOException cannotWrite(Path file, IOException cause) {
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String cure;
    if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      cure = "Check that its directory exists and may be written to.";
    } else if (cause instanceof AccessDeniedException) {
      cure = "Check the permissions of the file and its directory.";
    } else {
      cure =
          "Check that the disk has space left and is writable, or choose another place (--runs-dir)"
              + " for runs.";
    }
    return new IOException("Cannot write " + file + ": " + reason + ". " + cure, cause);
  }
}
