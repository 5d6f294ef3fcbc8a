package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.util.regex.Pattern;

/**
 * A line of the driver log, read: its reading, or why it has none. The rules are those of {@code jobs/core/driver-log.ts};
 * {@code driver-log-vectors.json} holds both to them.
 *
 * @param reading null when the line has none
 * @param reason null when the line has a reading
 */
record DriverLine(Reading reading, String reason) {
  /** How far a reading's time may be after its record's own in Kafka. Beyond it the car's clock is wrong. */
  static final long MAX_AHEAD_MS = 600_000;

  private static final int FIELDS = 8;
  private static final Pattern DATE = Pattern.compile("[0-9]{14}");
  private static final Pattern SPEED = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,6})?");

  /** All fields after the date, in their order. */
  private static final Field[] AFTER_DATE = {
    new Field("bad-car-number", "[A-Z][0-9]{4,6}"),
    new Field("bad-speed-pedal", "[0-5]"),
    new Field("bad-break-pedal", "[0-3]"),
    new Field("bad-steer-angle", "F|[LR][1-3]"),
    new Field("bad-direct-light", "[NLR]"),
    new Field("bad-speed", SPEED.pattern()),
    new Field("bad-area-number", "[A-F](0[1-9]|10)"),
  };

  /**
   * Reads the record of a line. One that is far ahead of its record is no reading: its car's later ones would all be older.
   *
   * @param value null for a tombstone
   * @param recordTime the record's own timestamp, epoch milliseconds; negative when it has none
   */
  static DriverLine of(byte[] value, long recordTime) {
    if (value == null) return bad("tombstone");
    DriverLine line = parse(new String(value, UTF_8));
    boolean tooFarAhead = line.reading != null && recordTime >= 0 && line.reading.time() - recordTime > MAX_AHEAD_MS;
    return tooFarAhead ? bad("too-far-ahead") : line;
  }

  /** Reads a line without its line break. A ninth field is padding, whatever it holds. */
  static DriverLine parse(String line) {
    String[] fields = line.split(",", FIELDS + 2);
    if (fields.length != FIELDS && fields.length != FIELDS + 1) return bad("field-count");
    long time = timeOf(fields[0]);
    if (time < 0) return bad("bad-date");
    for (int index = 0; index < AFTER_DATE.length; index++) {
      Field field = AFTER_DATE[index];
      if (!field.pattern.matcher(fields[index + 1]).matches()) return bad(field.reason);
    }
    return new DriverLine(
        new Reading(
            fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7], time),
        null);
  }

  /** Negative as well for what was before 1970 (UTC): no cell of HBase can have such a timestamp. */
  private static long timeOf(String date) {
    if (!DATE.matcher(date).matches()) return -1;
    try {
      return Reading.timeOf(date);
    } catch (DateTimeException noSuchTime) {
      return -1;
    }
  }

  private static DriverLine bad(String reason) {
    return new DriverLine(null, reason);
  }

  private record Field(String reason, Pattern pattern) {
    Field(String reason, String pattern) {
      this(reason, Pattern.compile(pattern));
    }
  }
}
