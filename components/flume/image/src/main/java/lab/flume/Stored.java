package lab.flume;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What the sinks of this process have put safely below one directory; for the metrics. */
final class Stored {
  private static final Map<String, Stored> BY_DIRECTORY = new ConcurrentHashMap<>();

  private final AtomicLong events = new AtomicLong();
  private final AtomicLong newestMs = new AtomicLong();

  static Stored below(String directory) {
    return BY_DIRECTORY.computeIfAbsent(directory, any -> new Stored());
  }

  static Map<String, Stored> all() {
    return BY_DIRECTORY;
  }

  void add(long count, long newestOfThemMs) {
    events.addAndGet(count);
    newestMs.accumulateAndGet(newestOfThemMs, Math::max);
  }

  /** Lines written; an event that comes again counts again. */
  long events() {
    return events.get();
  }

  /** When the newest of them was received, milliseconds since 1970; 0 before the first. */
  long newestMs() {
    return newestMs.get();
  }
}
