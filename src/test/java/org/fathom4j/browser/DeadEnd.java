package org.fathom4j.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A proxy on this machine that forwards nothing: it notes the first line of every request, such as
 * {@code CONNECT example.org:443 HTTP/1.1}, and hangs up.
 */
final class DeadEnd implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 2000;

  private final ServerSocket server;
  private final List<String> asked = new CopyOnWriteArrayList<>();

  private DeadEnd(ServerSocket server) {
    this.server = server;
  }

  static DeadEnd open() throws IOException {
    DeadEnd proxy = new DeadEnd(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    Thread thread = new Thread(proxy::listen, "dead-end");
    thread.setDaemon(true);
    thread.start();
    return proxy;
  }

  /** As a browser's option wants it. */
  String address() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  List<String> asked() {
    return List.copyOf(asked);
  }

  private void listen() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(PATIENCE_MILLIS);
        var reader =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        String line = reader.readLine();
        asked.add(line == null ? "a connection without a request" : line);
      } catch (IOException e) {
        if (!server.isClosed()) {
          asked.add("a connection that broke: " + e.getMessage());
        }
      }
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("The test's proxy does not close.", e);
    }
  }
}
