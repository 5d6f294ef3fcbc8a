package lab.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page while nobody answers on Nimbus's port. */
class UiTest {
  private static final int UNUSED_PORT = 1;

  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    Map<String, Object> conf =
        Map.of(
            "nimbus.seeds", List.of("127.0.0.1"),
            "nimbus.thrift.port", UNUSED_PORT,
            "storm.nimbus.retry.times", 0,
            "storm.nimbus.retry.interval.millis", 1);
    server = Ui.serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), new Figures(conf, null));
  }

  @AfterEach
  void stop() {
    server.stop(0);
    ((ExecutorService) server.getExecutor()).shutdownNow();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @CsvSource({
    "/, 200, text/html", "/page.js, 200, text/javascript", "/style.css, 200, text/css", "/healthz, 200, text/plain",
    "/nothing.html, 404, text/plain", "/..%2fpage.js, 404, text/plain", "/lab/storm/Ui.class, 404, text/plain",
  })
  void thePageNeedsNoNimbus(String path, int status, String type) throws Exception {
    HttpResponse<String> response = get(path);
    assertEquals(status, response.statusCode());
    assertTrue(response.headers().firstValue("Content-Type").orElse("").startsWith(type));
  }

  @Test
  void theApiSaysThatNimbusIsAway() throws Exception {
    for (String path : List.of("cluster/summary", "topology/summary", "topology/cars-1-1", "topology/cars-1-1/lag")) {
      HttpResponse<String> response = get("/api/v1/" + path);
      assertEquals(503, response.statusCode());
      assertTrue(response.body().contains("\"error\":\"Nimbus does not answer\""), response.body());
    }
  }

  @Test
  void aPathOfAnotherApiIsNotFound() throws Exception {
    assertEquals(404, get("/api/v1/topology/cars-1-1/component").statusCode());
  }

  @Test
  void aKafkaSpoutSaysItsTopicsAndGroup() {
    assertEquals(
        new Lag.Spout(List.of("a", "b"), "cars"),
        Lag.Spout.of("{\"config.topics\":\"a, b\",\"config.groupid\":\"cars\",\"config.max.poll.records\":5}"));
  }

  @Test
  void anyOtherSpoutHasNoLag() {
    assertEquals(null, Lag.Spout.of(null));
    assertEquals(null, Lag.Spout.of("{}"));
    assertEquals(null, Lag.Spout.of("{\"config.topics\":\"\",\"config.groupid\":\"cars\"}"));
    assertEquals(null, Lag.Spout.of("{\"config.topics\":\"a\"}"));
  }
}
