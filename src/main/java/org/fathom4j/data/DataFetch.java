package org.fathom4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Downloads the four files of a data set from the first mirror that has them right.
 *
 * <p>A file takes its place only when the SHA-256 of its decompressed content is the known one;
 * until then it lies beside it under another name and is deleted on failure, on Ctrl-C, or at the
 * next start after a kill. What is in its place already and right is kept. Mirrors and whatever
 * they redirect to must be HTTPS; plain HTTP is accepted from this machine alone.
 */
public class DataFetch {

  /** How long a mirror may take to answer, and how slow it may be. */
  record Patience(Duration answer, Duration window, long bytesPerWindow) {}

  private static final Patience PATIENCE =
      new Patience(Duration.ofSeconds(20), Duration.ofSeconds(30), 64 << 10);

  /** Compression can only fail to help; this is more than it can add. */
  private static final long COMPRESSION_MARGIN = 1 << 20;

  private static final int MAX_REDIRECTS = 5;
  private static final int OK = 200;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final IdxCollection collection;
  private final List<URI> mirrors;
  private final Patience patience;
  private final HttpClient client;

  /**
   * A download of the named data set.
   *
   * @param mirrors directories that hold the four {@code .gz} files; empty: the known mirrors
   * @throws IllegalArgumentException when the name is unknown or the data set cannot be downloaded,
   *     or a mirror is not HTTPS
   */
  public static DataFetch of(String name, List<URI> mirrors) {
    if (!Datasets.describe(name).fetchable()) {
      throw new IllegalArgumentException(
          String.format(
              "The data set %s need not be fetched: it comes with the program. Can be fetched: %s.",
              name, FashionMnist.FULL.name()));
    }
    return new DataFetch(
        FashionMnist.FULL, mirrors.isEmpty() ? FashionMnist.MIRRORS : mirrors, PATIENCE);
  }

  DataFetch(IdxCollection collection, List<URI> mirrors, Patience patience) {
    this.collection = collection;
    this.mirrors = mirrors.stream().map(DataFetch::asDirectory).toList();
    this.patience = patience;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(patience.answer())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    for (URI mirror : this.mirrors) {
      String refusal = refusal(mirror, isLoopback(mirror));
      if (!refusal.isEmpty()) {
        throw new IllegalArgumentException("Mirror " + mirror + " is refused: " + refusal + ".");
      }
    }
  }

  /**
   * Fetches what is missing or wrong in a directory, which is created.
   *
   * @return the four files, all right
   * @throws DataException when a file cannot be had from any mirror, with each one's failure, or
   *     cannot be written; files fetched before stay
   */
  public List<FetchedFile> into(Path directory, FetchProgress progress) throws DataException {
    boolean created = !Files.exists(directory);
    try {
      Files.createDirectories(directory);
      PartFile.deleteLeftBehind(directory);
      List<FetchedFile> files = new ArrayList<>();
      for (IdxPart part : IdxPart.values()) {
        files.add(fetch(part, directory, progress));
      }
      return files;
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(
          String.format(
              "Cannot write the data set %s to %s: %s. Make room or pass --data-dir DIR.",
              collection.name(), directory, DataException.reason(e)),
          e);
    } finally {
      if (created) {
        deleteIfEmpty(directory);
      }
    }
  }

  private FetchedFile fetch(IdxPart part, Path directory, FetchProgress progress)
      throws IOException {
    Optional<Path> present = part.in(directory);
    if (present.isPresent() && isRight(part, present.get())) {
      return new FetchedFile(present.get(), Files.size(present.get()), Optional.empty());
    }
    Path target = directory.resolve(part.compressedName());
    StringBuilder failures = new StringBuilder();
    for (URI mirror : mirrors) {
      try (PartFile file = PartFile.of(target)) {
        URI source = mirror.resolve(part.compressedName());
        download(source, part, file.path(), progress);
        requireRight(part, source, file.path());
        file.moveTo(target);
        return new FetchedFile(target, Files.size(target), Optional.of(mirror));
      } catch (MirrorException | DataException e) {
        progress.mirrorFailed(part.compressedName(), mirror, e.getMessage());
        failures.append("\n  ").append(mirror).append(": ").append(e.getMessage());
      }
    }
    throw new DataException(
        String.format(
            "No mirror has a right %s of %s:%s%nCheck the network, name another mirror with "
                + "--mirror URL, or copy the four files to %s.",
            part.compressedName(), collection.name(), failures, directory));
  }

  private boolean isRight(IdxPart part, Path file) {
    try {
      collection.read(part, file);
      return true;
    } catch (DataException e) {
      return false;
    }
  }

  private void requireRight(IdxPart part, URI source, Path file) throws IOException {
    try (InputStream downloaded = Files.newInputStream(file)) {
      collection.requireRight(part, IdxFile.read(source.toString(), downloaded, part.content()));
    }
  }

  /** Where the bytes go; a test puts a full disk here. */
  OutputStream create(Path file) throws IOException {
    return Files.newOutputStream(file);
  }

  private void download(URI source, IdxPart part, Path file, FetchProgress progress)
      throws IOException, MirrorException {
    HttpResponse<InputStream> response = request(source);
    long limit = collection.decompressedBytes(part) + COMPRESSION_MARGIN;
    OptionalLong length = response.headers().firstValueAsLong("Content-Length");
    progress.begin(part.compressedName(), source, length);
    try (InputStream body = response.body();
        OutputStream out = create(file)) {
      if (length.orElse(0) > limit) {
        throw new MirrorException(tooLarge(length.getAsLong(), limit));
      }
      copy(body, out, limit, progress);
    } finally {
      progress.end();
    }
  }

  private void copy(InputStream body, OutputStream out, long limit, FetchProgress progress)
      throws IOException, MirrorException {
    AtomicLong received = new AtomicLong();
    AtomicBoolean tooSlow = new AtomicBoolean();
    ScheduledExecutorService watch =
        Executors.newSingleThreadScheduledExecutor(DataFetch::daemonThread);
    try {
      long[] before = {0};
      watch.scheduleAtFixedRate(
          () -> {
            long now = received.get();
            if (now - before[0] < patience.bytesPerWindow()) {
              tooSlow.set(true);
              closeQuietly(body);
            }
            before[0] = now;
          },
          patience.window().toMillis(),
          patience.window().toMillis(),
          TimeUnit.MILLISECONDS);
      byte[] buffer = new byte[1 << 14];
      while (true) {
        int n = read(body, buffer, tooSlow, received.get());
        if (n < 0) {
          return;
        }
        if (received.addAndGet(n) > limit) {
          throw new MirrorException(tooLarge(received.get(), limit));
        }
        out.write(buffer, 0, n);
        progress.received(received.get());
      }
    } finally {
      watch.shutdownNow();
    }
  }

  private int read(InputStream body, byte[] buffer, AtomicBoolean tooSlow, long received)
      throws MirrorException {
    try {
      int n = body.read(buffer);
      if (n >= 0 || !tooSlow.get()) {
        return n;
      }
    } catch (IOException e) {
      if (!tooSlow.get()) {
        throw new MirrorException(
            String.format(
                "the connection broke after %,d bytes: %s", received, DataException.reason(e)),
            e);
      }
    }
    throw new MirrorException(
        String.format(
            "too slow: after %,d bytes less than %,d in %s",
            received, patience.bytesPerWindow(), inWords(patience.window())));
  }

  private HttpResponse<InputStream> request(URI source) throws MirrorException {
    boolean mayBePlain = isLoopback(source);
    URI location = source;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(location);
      if (response.statusCode() == OK) {
        return response;
      }
      closeQuietly(response.body());
      Optional<String> next = response.headers().firstValue("Location");
      if (!REDIRECTS.contains(response.statusCode()) || next.isEmpty()) {
        throw new MirrorException("HTTP status " + response.statusCode() + " for " + location);
      }
      location = redirect(location, next.get(), mayBePlain);
    }
    throw new MirrorException("more than " + MAX_REDIRECTS + " redirects");
  }

  private static URI redirect(URI from, String to, boolean mayBePlain) throws MirrorException {
    try {
      URI target = from.resolve(to);
      String refusal = refusal(target, mayBePlain);
      if (refusal.isEmpty()) {
        return target;
      }
      throw new MirrorException("it redirects to " + target + ", which is refused: " + refusal);
    } catch (IllegalArgumentException e) {
      throw new MirrorException("it redirects to '" + to + "', which is no URL", e);
    }
  }

  private HttpResponse<InputStream> send(URI location) throws MirrorException {
    HttpRequest request = HttpRequest.newBuilder(location).timeout(patience.answer()).build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (HttpTimeoutException e) {
      throw new MirrorException("no answer within " + inWords(patience.answer()), e);
    } catch (ConnectException e) {
      throw new MirrorException("cannot connect", e);
    } catch (IOException e) {
      throw new MirrorException(DataException.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MirrorException("interrupted", e);
    }
  }

  /** Why a URL may not be read; empty when it may. */
  private static String refusal(URI url, boolean mayBePlain) {
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (url.getHost() == null) {
      return "it names no host; give a URL such as https://example.org/fashion-mnist/";
    }
    if (scheme.equals("https") || (scheme.equals("http") && mayBePlain && isLoopback(url))) {
      return "";
    }
    return "only https is safe";
  }

  private static boolean isLoopback(URI url) {
    return url.getHost() != null && LOOPBACK.contains(url.getHost().toLowerCase(Locale.ROOT));
  }

  private static URI asDirectory(URI mirror) {
    return mirror.toString().endsWith("/") ? mirror : URI.create(mirror + "/");
  }

  private static String tooLarge(long bytes, long limit) {
    return String.format("%,d bytes or more, where at most %,d can be right", bytes, limit);
  }

  private static String inWords(Duration duration) {
    return duration.toMillis() / 1e3 + " s";
  }

  private static Thread daemonThread(Runnable task) {
    Thread thread = new Thread(task, "download watch");
    thread.setDaemon(true);
    return thread;
  }

  private static void closeQuietly(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // It is given up anyway; the reason why is told by the caller.
    }
  }

  private static void deleteIfEmpty(Path directory) {
    try (var entries = Files.list(directory)) {
      if (entries.findAny().isEmpty()) {
        Files.delete(directory);
      }
    } catch (IOException e) {
      // The failure that brought us here says more.
    }
  }

  /** One mirror failed; the next may not. */
  private static final class MirrorException extends Exception {

    private static final long serialVersionUID = 1L;

    MirrorException(String message) {
      super(message);
    }

    MirrorException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
