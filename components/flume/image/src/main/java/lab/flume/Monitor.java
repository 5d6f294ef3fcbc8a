package lab.flume;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.apache.flume.Context;
import org.apache.flume.instrumentation.MonitorService;

/**
 * The agent's {@code /healthz}, {@code /readyz} and {@code /metrics} (Prometheus), as every job of the platform has them. Flume
 * starts it as {@code flume.monitoring.type}; its properties are {@code port}, {@code host} (all addresses without it),
 * {@code components} (what must be up, separated by spaces) and {@code stuckSeconds}.
 */
public final class Monitor implements MonitorService {
  private static final int DEFAULT_STUCK_SECONDS = 180;

  private InetSocketAddress address;
  private Health health;
  private HttpServer server;

  @Override
  public void configure(Context context) {
    int port = context.getInteger("port", 8080);
    String host = context.getString("host");
    address = host == null ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    List<String> components = List.of(context.getString("components", "").trim().split("\\s+"));
    health = new Health(components, context.getInteger("stuckSeconds", DEFAULT_STUCK_SECONDS) * 1000L, nowMs());
  }

  @Override
  public void start() {
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot listen on " + address, failure);
    }
    server.setExecutor(Executors.newFixedThreadPool(2, task -> {
      Thread thread = new Thread(task, "monitor");
      thread.setDaemon(true);
      return thread;
    }));
    answer("/healthz", metrics -> health.complaint(metrics, nowMs()));
    answer("/readyz", metrics -> health.missing(metrics));
    server.createContext("/metrics", exchange -> respond(exchange, 200, Metrics.now().text(Stored.all())));
    server.start();
  }

  @Override
  public void stop() {
    if (server != null) server.stop(0);
    server = null; // Flume stops it twice
  }

  /** Answers "ok", or 503 with what is wrong. */
  private void answer(String path, Function<Metrics, String> wrong) {
    server.createContext(path, exchange -> {
      String text = wrong.apply(Metrics.now());
      respond(exchange, text == null ? 200 : 503, (text == null ? "ok" : text) + "\n");
    });
  }

  private static void respond(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static long nowMs() {
    return System.nanoTime() / 1_000_000;
  }
}
