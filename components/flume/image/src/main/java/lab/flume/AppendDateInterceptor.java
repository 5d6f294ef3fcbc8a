package lab.flume;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flume.Context;
import org.apache.flume.Event;
import org.apache.flume.interceptor.Interceptor;

/**
 * Ends an event's text with {@code ,yyyyMMdd}: the day on which it was collected, in Seoul. That is the day of the header
 * {@code timestamp}, which the interceptor of that name sets; of now where there is none. A header gets the same day, for the
 * directory in which the event is stored. The header also says that the text has its end: an event that passes twice (a batch
 * that the channel refused comes again) stays as it is, on the day it had.
 */
public final class AppendDateInterceptor implements Interceptor {
  /** Seoul is nine hours east of UTC, all year. */
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuuMMdd").withZone(ZoneOffset.ofHours(9));
  private static final String RECEIVED = "timestamp";

  private final String header;

  AppendDateInterceptor(String header) {
    this.header = header;
  }

  @Override
  public void initialize() {}

  @Override
  public Event intercept(Event event) {
    Map<String, String> headers = event.getHeaders();
    if (headers.containsKey(header)) return event;
    String received = headers.get(RECEIVED);
    String day = DAY.format(received == null ? Instant.now() : Instant.ofEpochMilli(Long.parseLong(received)));
    byte[] text = event.getBody();
    byte[] end = ("," + day).getBytes(StandardCharsets.US_ASCII);
    byte[] longer = Arrays.copyOf(text, text.length + end.length);
    System.arraycopy(end, 0, longer, text.length, end.length);
    event.setBody(longer);
    headers.put(header, day);
    return event;
  }

  @Override
  public List<Event> intercept(List<Event> events) {
    events.forEach(this::intercept);
    return events;
  }

  @Override
  public void close() {}

  /** How Flume makes the interceptor: {@code header} names the header that gets the day. */
  public static final class Builder implements Interceptor.Builder {
    private String header = "wrk_date";

    @Override
    public void configure(Context context) {
      header = context.getString("header", header);
    }

    @Override
    public Interceptor build() {
      return new AppendDateInterceptor(header);
    }
  }
}
