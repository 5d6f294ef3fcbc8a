package lab.flume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether an agent works, from looks at its counters. Flume goes on in silence when a component does not start, or when all
 * threads of a sink hang in a call; a new start mends both and loses nothing, for the channel is on disk.
 */
final class Health {
  private static final String CHANNEL = "CHANNEL.";

  private final List<String> expected;
  private final long stuckMs;
  /** By channel: that one sink delivers must not hide that another hangs. */
  private final Map<String, Change> taken = new HashMap<>();
  private final Change consumed = new Change();
  private long completeMs;

  /** A counter's last value, and when it was another. */
  private static final class Change {
    private double value = Double.NaN;
    private long atMs;

    /** For how long it has not grown although it should have. */
    long standsStillMs(double now, boolean shouldGrow, long nowMs) {
      if (now != value || !shouldGrow) {
        value = now;
        atMs = nowMs;
      }
      return nowMs - atMs;
    }
  }

  /**
   * @param expected components that must be there, as in {@link Metrics#components}
   * @param stuckMs how long nothing may move
   */
  Health(List<String> expected, long stuckMs, long nowMs) {
    this.expected = expected;
    this.stuckMs = stuckMs;
    this.completeMs = nowMs;
  }

  /** What keeps the agent from being ready, or null. */
  String missing(Metrics metrics) {
    List<String> missing = new ArrayList<>(expected);
    missing.removeAll(metrics.components.keySet());
    return missing.isEmpty() ? null : "not started: " + String.join(", ", missing);
  }

  /** Why the agent should be started anew, or null. */
  synchronized String complaint(Metrics metrics, long nowMs) {
    String missing = missing(metrics);
    if (missing == null) completeMs = nowMs;
    else if (nowMs - completeMs >= stuckMs) return missing;
    if (metrics.sum("CHANNEL", "Unhealthy") > 0) return "a channel could not be opened";

    boolean full = false;
    for (var component : metrics.components.entrySet()) {
      if (!component.getKey().startsWith(CHANNEL)) continue;
      double waiting = component.getValue().getOrDefault("ChannelSize", 0.0);
      double left = component.getValue().getOrDefault("EventTakeSuccessCount", 0.0);
      Change change = taken.computeIfAbsent(component.getKey(), any -> new Change());
      long sinkMs = change.standsStillMs(left, waiting > 0, nowMs);
      if (sinkMs >= stuckMs) {
        String channel = component.getKey().substring(CHANNEL.length());
        return String.format("%.0f events wait in %s, none was delivered for %d s", waiting, channel, sinkMs / 1000);
      }
      full |= waiting > 0 && sinkMs > 0;
    }

    // A source that is kept waiting by a full channel is not to blame.
    double lag = metrics.sum("lab_consumer_lag");
    long sourceMs = consumed.standsStillMs(metrics.sum("lab_records_in_total"), lag > 0 && !full, nowMs);
    if (sourceMs >= stuckMs) return String.format("%.0f records wait, none was taken for %d s", lag, sourceMs / 1000);
    return null;
  }
}
