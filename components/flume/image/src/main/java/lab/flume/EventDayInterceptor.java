package lab.flume;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.interceptor.Interceptor;

/**
 * Makes one line of an event and says to which day it belongs, Seoul time: by its own time, or by the time at which Kafka took
 * it where it has none. An event may pass twice (a batch that the channel refused comes again): the second time changes nothing.
 */
public final class EventDayInterceptor implements Interceptor {
  /** Seoul is nine hours east of UTC, all year. */
  private static final ZoneOffset SEOUL = ZoneOffset.ofHours(9);
  private static final String RECEIVED = "timestamp";

  private final String field;
  private final String header;

  EventDayInterceptor(String field, String header) {
    this.field = field;
    this.header = header;
  }

  @Override
  public void initialize() {}

  @Override
  public Event intercept(Event event) {
    Map<String, String> headers = event.getHeaders();
    String day = EventText.dayOf(event.getBody(), field);
    headers.put(header, day != null ? day : receivedDay(headers.get(RECEIVED)));
    EventText.toOneLine(event.getBody());
    return event;
  }

  @Override
  public List<Event> intercept(List<Event> events) {
    events.forEach(this::intercept);
    return events;
  }

  @Override
  public void close() {}

  /** Day of a time in milliseconds since 1970; of now, where there is none. */
  private static String receivedDay(String milliseconds) {
    Instant received = milliseconds == null ? Instant.now() : Instant.ofEpochMilli(Long.parseLong(milliseconds));
    return received.atOffset(SEOUL).toLocalDate().toString();
  }

  /** How Flume makes the interceptor: {@code field} names the event's time, {@code header} the header that gets the day. */
  public static final class Builder implements Interceptor.Builder {
    private String field = "time";
    private String header = "dt";

    @Override
    public void configure(Context context) {
      field = context.getString("field", field);
      header = context.getString("header", header);
    }

    @Override
    public Interceptor build() {
      return new EventDayInterceptor(field, header);
    }
  }
}
