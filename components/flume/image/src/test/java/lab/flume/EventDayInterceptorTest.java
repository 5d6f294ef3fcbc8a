package lab.flume;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.event.EventBuilder;
import org.apache.flume.interceptor.Interceptor;
import org.junit.jupiter.api.Test;

class EventDayInterceptorTest {
  private static final String FIVE_PAST_MIDNIGHT_IN_SEOUL = "1735657500000"; // 2025-01-01 00:05, which is 2024 in UTC

  private static Interceptor interceptor() {
    Interceptor.Builder builder = new EventDayInterceptor.Builder();
    builder.configure(new Context());
    return builder.build();
  }

  private static Event event(String value) {
    byte[] body = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
    return interceptor().intercept(EventBuilder.withBody(body, Map.of("timestamp", FIVE_PAST_MIDNIGHT_IN_SEOUL)));
  }

  @Test
  void theDayIsTheEventsOwn() {
    assertEquals("2024-05-06", event("{\"time\":\"2024-05-06 23:59:59\"}").getHeaders().get("dt"));
  }

  @Test
  void withoutOneItIsTheDayInSeoulOnWhichKafkaTookIt() {
    assertEquals("2025-01-01", event("no JSON").getHeaders().get("dt"));
  }

  @Test
  void aTombstoneBecomesAnEmptyLine() {
    Event tombstone = event(null);
    assertEquals("2025-01-01", tombstone.getHeaders().get("dt"));
    assertEquals(0, tombstone.getBody().length);
  }

  @Test
  void anEventThatPassesTwiceIsTheSame() {
    Event once = event("{\n\"time\":\"2024-05-06 23:59:59\"}");
    Event twice = interceptor().intercept(once);
    assertEquals("{\t\"time\":\"2024-05-06 23:59:59\"}", new String(twice.getBody(), StandardCharsets.UTF_8));
    assertEquals("2024-05-06", twice.getHeaders().get("dt"));
  }
}
