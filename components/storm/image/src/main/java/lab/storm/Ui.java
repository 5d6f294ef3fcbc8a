package lab.storm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.storm.shade.net.minidev.json.JSONObject;
import org.apache.storm.generated.NotAliveException;
import org.apache.storm.utils.Utils;

/**
 * The page of figures and its API under {@code /api/v1}, with the paths and names of Storm's own UI, which is not published where
 * images are built. Reads only.
 *
 * <p>Properties: {@code ui.port} (8088), {@code ui.kafka} (bootstrap servers for the lag of Kafka spouts; none without it).
 */
public final class Ui {
  private static final int THREADS = 4;
  private static final Map<String, String> TYPES =
      Map.of("html", "text/html; charset=utf-8", "js", "text/javascript; charset=utf-8", "css", "text/css; charset=utf-8");

  private Ui() {}

  /** Serves until it is killed. */
  public static void main(String[] args) throws IOException {
    String kafka = System.getProperty("ui.kafka", "");
    Figures figures = new Figures(Utils.readStormConfig(), kafka.isBlank() ? null : new Lag(kafka));
    serve(new InetSocketAddress(Integer.getInteger("ui.port", 8088)), figures);
  }

  /** Starts the server. */
  static HttpServer serve(InetSocketAddress address, Figures figures) throws IOException {
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(Executors.newFixedThreadPool(THREADS));
    server.createContext("/", Ui::page);
    server.createContext("/healthz", exchange -> respond(exchange, 200, "text/plain", "ok\n"));
    server.createContext("/api/v1/cluster/summary", exchange -> json(exchange, figures::cluster));
    server.createContext("/api/v1/nimbus/summary", exchange -> json(exchange, figures::nimbuses));
    server.createContext("/api/v1/supervisor/summary", exchange -> json(exchange, figures::supervisors));
    server.createContext("/api/v1/topology/summary", exchange -> json(exchange, figures::topologies));
    server.createContext("/api/v1/topology/", exchange -> json(exchange, () -> topology(exchange, figures)));
    server.start();
    return server;
  }

  private interface Answer {
    Map<String, Object> make() throws Exception;
  }

  /** {@code /api/v1/topology/<id>}, or {@code …/<id>/lag}. */
  private static Map<String, Object> topology(HttpExchange exchange, Figures figures) throws Exception {
    String[] parts = exchange.getRequestURI().getPath().split("/");
    if (parts.length == 5) return figures.topology(parts[4]);
    if (parts.length == 6 && parts[5].equals("lag")) return figures.lag(parts[4]);
    throw new NotAliveException("no such path");
  }

  private static void json(HttpExchange exchange, Answer answer) throws IOException {
    int status = 200;
    String text;
    try {
      text = JSONObject.toJSONString(answer.make());
    } catch (NotAliveException unknown) {
      status = 404;
      text = error("not found", unknown.get_msg());
    } catch (Exception failure) {
      status = 503; // Nimbus is away, or between two leaders
      text = error("Nimbus does not answer", failure.toString());
    }
    respond(exchange, status, "application/json; charset=utf-8", text);
  }

  private static String error(String error, String message) {
    return JSONObject.toJSONString(Map.of("error", error, "errorMessage", String.valueOf(message)));
  }

  /** Files of the page, by their plain names. */
  private static void page(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String name = path.equals("/") ? "index.html" : path.substring(1);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    try (InputStream file =
        type == null || !name.matches("[a-z]+\\.[a-z]+") ? null : Ui.class.getResourceAsStream("/page/" + name)) {
      if (file == null) respond(exchange, 404, "text/plain", "not found\n");
      else respond(exchange, 200, type, new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static void respond(HttpExchange exchange, int status, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("Content-Security-Policy", "default-src 'self'; img-src data:");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) exchange.getResponseBody().write(body);
    exchange.close();
  }
}
