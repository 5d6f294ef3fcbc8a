package lab.smartcar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Follows one partition with the rule. Whatever tuples come, in whatever order, the rule sees the partition's readings as the
 * log has them, each once:
 *
 * <ul>
 *   <li>With the first tuple the window is rebuilt from the log before the committed offset. What it shows there was said
 *       before; from the committed offset on, all counts.
 *   <li>What a failed worker has swallowed between two tuples is read from the log.
 *   <li>A tuple that comes again is answered as it was the first time, for its answer may have been lost.
 *   <li>A reading that is not newer than its car's newest is a repeat, in the log itself, and is not shown to the rule.
 * </ul>
 */
final class PartitionWatch {
  /** Cars do not report in step: how far before the window rebuilding begins, in the readings' time. */
  private static final long SLACK_MS = 60_000;

  /** Records of the first step back; 90 s of 25 cars. */
  private static final long FIRST_STEP = 2_500;

  private final int partition;
  private final ReadingLog log;
  private final Rule.Watch watch;
  private final long windowMs;
  private final long remembered;

  /** What has been said, by offset, for tuples that come again. */
  private final NavigableMap<Long, List<Speeding>> said = new TreeMap<>();

  private final List<Speeding> toSay = new ArrayList<>();
  private final Map<String, Long> newest = new HashMap<>();
  private long next = -1;
  private long judgedSince = -1;
  private long repeats;

  /** @param remembered how many offsets back a tuple can come again */
  PartitionWatch(int partition, ReadingLog log, Rule rule, Rule.Watch watch, long remembered) {
    this.partition = partition;
    this.log = log;
    this.watch = watch;
    this.windowMs = rule.windowMs();
    this.remembered = remembered;
  }

  /**
   * Takes the tuple of an offset. After it has thrown, because the log could not be read, it can be called again.
   *
   * @param reading null when the record is none
   * @return who is speeding, as far as it has to be said with this tuple
   */
  List<Speeding> offer(long offset, Reading reading) throws Exception {
    if (next >= 0 && offset < next) return said.getOrDefault(offset, List.of());
    if (next < 0) rebuild(offset);
    if (offset > next) log.read(partition, next, offset, this::judge);
    if (reading != null) judge(offset, reading);
    next = offset + 1;
    said.headMap(offset - remembered).clear();
    List<Speeding> now = List.copyOf(toSay);
    toSay.clear();
    return now;
  }

  /** Time of the first reading that was judged here, or -1 before there is one. */
  long judgedSince() {
    return judgedSince;
  }

  /** Repeats in the log since the last call. */
  long takeRepeats() {
    long taken = repeats;
    repeats = 0;
    return taken;
  }

  private void rebuild(long first) throws Exception {
    long committed = Math.min(first, log.committed(partition));
    // An attempt that failed has shown some of it already; what is shown again is a repeat.
    log.read(partition, windowStart(committed, first), committed, (at, reading) -> show(reading));
    repeats = 0; // they were counted when they were new
    next = committed;
  }

  private long windowStart(long committed, long first) throws Exception {
    long oldest = log.oldest(partition);
    if (committed <= oldest) return committed;
    long time = log.timeAt(partition, committed, first + 1);
    if (time < 0) time = Long.MAX_VALUE; // nothing to judge by: go back to where the log has a reading at all, and further
    long start = committed;
    for (long step = FIRST_STEP; start > oldest; step *= 2) {
      start = Math.max(oldest, committed - step);
      long then = log.timeAt(partition, start, committed);
      if (then >= 0 && time == Long.MAX_VALUE) time = then;
      else if (then >= 0 && then <= time - windowMs - SLACK_MS) break;
    }
    return start;
  }

  private void judge(long offset, Reading reading) {
    if (judgedSince < 0) judgedSince = reading.time();
    List<Speeding> rows = show(reading);
    if (!rows.isEmpty()) said.put(offset, rows);
    toSay.addAll(rows);
    next = offset + 1;
  }

  private List<Speeding> show(Reading reading) {
    Long before = newest.get(reading.carNumber());
    if (before != null && reading.time() <= before) {
      repeats++;
      return List.of();
    }
    newest.put(reading.carNumber(), reading.time());
    return watch.offer(reading);
  }
}
