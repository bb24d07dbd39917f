package org.fathom4j.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to write into a run directory; one process at a time has it.
 *
 * <p>The operating system holds the lock, so it ends with the process, however that ends. The file
 * {@code .lock} stays behind, and means nothing by itself: deleting it would let two processes lock
 * two files of the same name.
 */
public final class RunLock implements AutoCloseable {

  private final FileChannel channel;
  private final FileLock lock;

  private RunLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  static RunLock acquire(RunDirectory run) throws IOException {
    Path file = run.path().resolve(".lock");
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new IOException(
            "Run "
                + run.path()
                + " is in use by another process"
                + owner(file)
                + ". Wait for it to end, or stop it, then try again.");
      }
      channel.truncate(0);
      String owner = Long.toString(ProcessHandle.current().pid());
      channel.write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.US_ASCII)), 0);
      AtomicFile.removeLeftovers(
          run.path(),
          "{run.json,model.zip,SHA256SUMS,tuning.json,learning-rates.json,comparison.*,report.html,"
              + "depth_check.csv}.*");
      return new RunLock(channel, lock);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by this very process, through another channel
    }
  }

  private static String owner(Path file) {
    try {
      String pid = Files.readString(file, StandardCharsets.US_ASCII).strip();
      return pid.matches("\\d{1,19}") ? " (pid " + pid + ")" : "";
    } catch (IOException e) {
      return ""; // Windows forbids reading a locked file; the message is right without the number
    }
  }

  /** Lets others write; a second call does nothing. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      lock.release();
      channel.close();
    }
  }
}
