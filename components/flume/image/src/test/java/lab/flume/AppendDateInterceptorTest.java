package lab.flume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.event.EventBuilder;
import org.apache.flume.interceptor.Interceptor;
import org.junit.jupiter.api.Test;

class AppendDateInterceptorTest {
  private static final String FIVE_PAST_MIDNIGHT_IN_SEOUL = "1735657500000"; // 2025-01-01 00:05, which is 2024 in UTC

  private static Interceptor interceptor() {
    Interceptor.Builder builder = new AppendDateInterceptor.Builder();
    builder.configure(new Context(Map.of("header", "day")));
    return builder.build();
  }

  private static Event event(String text, Map<String, String> headers) {
    return EventBuilder.withBody(text.getBytes(StandardCharsets.UTF_8), new HashMap<>(headers));
  }

  private static String text(Event event) {
    return new String(event.getBody(), StandardCharsets.UTF_8);
  }

  @Test
  void theTextEndsWithTheDayInSeoulAndTheHeaderHasIt() {
    Event event = interceptor().intercept(event("20250101000459,O0010", Map.of("timestamp", FIVE_PAST_MIDNIGHT_IN_SEOUL)));
    assertEquals("20250101000459,O0010,20250101", text(event));
    assertEquals("20250101", event.getHeaders().get("day"));
  }

  @Test
  void withoutATimestampItIsToday() {
    DateTimeFormatter format = DateTimeFormatter.ofPattern("uuuuMMdd");
    String before = LocalDate.now(ZoneOffset.ofHours(9)).format(format);
    String day = text(interceptor().intercept(event("", Map.of()))).substring(1);
    String after = LocalDate.now(ZoneOffset.ofHours(9)).format(format);
    assertTrue(day.equals(before) || day.equals(after), day);
  }

  @Test
  void anEventThatPassesTwiceHasItsDayOnce() {
    List<Event> events = List.of(event("서울", Map.of("timestamp", FIVE_PAST_MIDNIGHT_IN_SEOUL)));
    Interceptor interceptor = interceptor();
    interceptor.intercept(events);
    interceptor.intercept(events);
    assertEquals("서울,20250101", text(events.get(0)));
  }
}
