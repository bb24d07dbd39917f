package org.fathom4j.ui;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lets through what a browser of ours asks, before any page sees the request.
 *
 * <p>Other methods than GET and HEAD end here: nothing is uploaded, and Deeplearning4j's remote
 * receiver, which would construct objects that the sender names, is out of reach. Requests under a
 * host name that is not this machine's end here as well: a page elsewhere on the web whose name an
 * attacker points at this machine (DNS rebinding) reads nothing. What is served may load nothing
 * from elsewhere.
 */
final class RequestGuard implements Handler<HttpServerRequest> {

  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int MISDIRECTED = 421;

  /** Deeplearning4j's pages hold scripts and styles of their own. */
  private static final String CONTENT_POLICY =
      "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
          + " img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  /** An address instead of a name cannot be rebound. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

  private static final Pattern PORT = Pattern.compile(":\\d*$");

  private final Handler<HttpServerRequest> next;
  private final Set<String> names;
  private final boolean open;

  /**
   * A guard.
   *
   * @param next gets what is let through
   * @param host what the server listens on
   * @param open whether other machines may ask, by this machine's addresses and names
   */
  RequestGuard(Handler<HttpServerRequest> next, String host, boolean open) {
    this.next = next;
    this.open = open;
    names = open ? namesOfMachine() : new HashSet<>();
    names.add("localhost");
    names.add(host.toLowerCase(Locale.ROOT));
  }

  private static Set<String> namesOfMachine() {
    Set<String> names = new HashSet<>();
    try {
      InetAddress machine = InetAddress.getLocalHost();
      names.add(machine.getHostName().toLowerCase(Locale.ROOT));
      names.add(machine.getCanonicalHostName().toLowerCase(Locale.ROOT));
    } catch (UnknownHostException e) {
      return names; // its addresses are left
    }
    return names;
  }

  @Override
  public void handle(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    response
        .putHeader("Content-Security-Policy", CONTENT_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cross-Origin-Resource-Policy", "same-origin");
    if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
      refuse(request, METHOD_NOT_ALLOWED, "The monitor answers GET and HEAD only.");
    } else if (!isOurs(request.host())) {
      refuse(
          request,
          MISDIRECTED,
          "The monitor does not answer to this host name. Use its address, or localhost.");
    } else {
      next.handle(request);
    }
  }

  boolean isOurs(String hostAndPort) {
    if (hostAndPort == null) {
      return false;
    }
    String host = PORT.matcher(hostAndPort.toLowerCase(Locale.ROOT)).replaceFirst("");
    return names.contains(host)
        || host.equals("127.0.0.1")
        || host.equals("[::1]")
        || open && ADDRESS.matcher(host).matches();
  }

  /** Closes the connection too: what else its sender has to say is not read. */
  private static void refuse(HttpServerRequest request, int status, String why) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .putHeader("Connection", "close")
        .end(why + "\n", sent -> request.connection().close());
  }
}
