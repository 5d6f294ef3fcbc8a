package lab.flume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final List<String> ALL = List.of("SOURCE.s", "CHANNEL.c", "SINK.k");
  private final Health health = new Health(ALL, 100, 0);

  private static Metrics metrics(double waiting, double drained, double lag, double consumed) {
    Metrics metrics = new Metrics();
    metrics.components.put("SOURCE.s", Map.of());
    metrics.components.put("CHANNEL.c", channel(waiting, drained));
    metrics.components.put("SINK.k", Map.of());
    metrics.kafka.add(new Metrics.Sample("lab_consumer_lag", "", lag));
    metrics.kafka.add(new Metrics.Sample("lab_records_in_total", "", consumed));
    return metrics;
  }

  private static Map<String, Double> channel(double waiting, double taken) {
    return Map.of("ChannelSize", waiting, "EventTakeSuccessCount", taken, "Unhealthy", 0.0);
  }

  @Test
  void nothingToDoIsWell() {
    assertNull(health.complaint(metrics(0, 0, 0, 0), 0));
    assertNull(health.complaint(metrics(0, 0, 0, 0), 10_000));
  }

  @Test
  void aSinkThatDeliversIsWellHoweverMuchWaits() {
    for (int at = 0; at < 10; at++) assertNull(health.complaint(metrics(1000, at, 0, 0), at * 90));
  }

  @Test
  void aSinkThatStandsStillWhileEventsWaitIsNot() {
    assertNull(health.complaint(metrics(5, 7, 0, 0), 1000));
    assertNull(health.complaint(metrics(5, 7, 0, 0), 1099));
    assertEquals("5 events wait in c, none was delivered for 0 s", health.complaint(metrics(5, 7, 0, 0), 1100));
    assertNull(health.complaint(metrics(5, 8, 0, 0), 1101));
  }

  @Test
  void aSinkThatDeliversHidesNoOtherThatStandsStill() {
    Metrics before = metrics(5, 7, 0, 0);
    before.components.put("CHANNEL.other", channel(5, 1));
    assertNull(health.complaint(before, 1000));
    Metrics after = metrics(5, 7, 0, 0);
    after.components.put("CHANNEL.other", channel(5, 2));
    assertEquals("5 events wait in c, none was delivered for 0 s", health.complaint(after, 1100));
  }

  @Test
  void aSourceThatStandsStillWhileRecordsWaitIsNot() {
    assertNull(health.complaint(metrics(0, 7, 3, 9), 1000));
    assertEquals("3 records wait, none was taken for 0 s", health.complaint(metrics(0, 7, 3, 9), 1100));
  }

  @Test
  void aSourceIsNotToBlameForASinkThatStandsStill() {
    health.complaint(metrics(5, 7, 3, 9), 1000);
    assertNull(health.complaint(metrics(5, 7, 3, 9), 1050));
    assertEquals("5 events wait in c, none was delivered for 0 s", health.complaint(metrics(5, 7, 3, 9), 1100));
  }

  @Test
  void whatDidNotStartIsMissingAtOnceAndAComplaintInTime() {
    Metrics metrics = metrics(0, 0, 0, 0);
    metrics.components.remove("SINK.k");
    assertEquals("not started: SINK.k", health.missing(metrics));
    assertNull(health.complaint(metrics, 99));
    assertEquals("not started: SINK.k", health.complaint(metrics, 100));
  }

  @Test
  void aChannelThatCannotBeOpenedIsAComplaint() {
    Metrics metrics = metrics(0, 0, 0, 0);
    metrics.components.put("CHANNEL.c", Map.of("Unhealthy", 1.0));
    assertEquals("a channel could not be opened", health.complaint(metrics, 0));
  }

  @Test
  void metricsReadAsPrometheusWantsThem() {
    Metrics metrics = new Metrics();
    metrics.components.put("SINK.k", Map.of("EventDrainSuccessCount", 12.0));
    metrics.kafka.add(new Metrics.Sample("lab_consumer_lag", "topic=\"events\",partition=\"0\"", 3));
    Stored stored = Stored.below("/health-test");
    stored.add(2, 1_500);
    assertEquals(
        "flume_event_drain_success_count{type=\"sink\",component=\"k\"} 12\n"
            + "lab_consumer_lag{topic=\"events\",partition=\"0\"} 3\n"
            + "lab_events_stored_total{directory=\"/health-test\"} 2\n"
            + "lab_newest_event_timestamp_seconds{directory=\"/health-test\"} 1.5\n",
        metrics.text(Map.of("/health-test", stored)));
  }
}
