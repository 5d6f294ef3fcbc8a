package lab.smartcar;

/** Readings for tests, of which only car, time and speed matter. */
final class Readings {
  static final long START = Reading.timeOf("20260101090000");

  /** When records of these readings may have been written. */
  static final long LATE = Reading.timeOf("20260102000000");

  private Readings() {}

  static Reading at(String date, String car, String speed) {
    return new Reading(date, car, "3", "0", "F", "N", speed, "A01", Reading.timeOf(date));
  }

  /** So many milliseconds after {@link #START}; the log has whole seconds only, the rule does not mind. */
  static Reading after(long milliseconds, String car, String speed) {
    long time = START + milliseconds;
    return new Reading(Reading.dateOf(time), car, "3", "0", "F", "N", speed, "A01", time);
  }
}
