package lab.smartcar;

import java.io.Serializable;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;

/**
 * One line of the driver log: a car at a second. Texts are as they stand in the line, for that is what is stored.
 *
 * @param date {@code yyyyMMddHHmmss} in Seoul's wall time
 * @param speed km/h, a whole number or a decimal
 * @param time epoch milliseconds of {@code date}
 */
record Reading(
    String date,
    String carNumber,
    String speedPedal,
    String breakPedal,
    String steerAngle,
    String directLight,
    String speed,
    String areaNumber,
    long time)
    implements Serializable {
  /** Seoul is nine hours east of UTC, all year. */
  private static final ZoneOffset SEOUL = ZoneOffset.ofHours(9);

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withResolverStyle(ResolverStyle.STRICT);

  /** Key of its row: dates reversed spread evenly over the regions, although they follow each other. */
  String rowKey() {
    return new StringBuilder(date).reverse().append('-').append(carNumber).toString();
  }

  /** Epoch milliseconds of a {@code yyyyMMddHHmmss} in Seoul. Throws where the calendar has no such. */
  static long timeOf(String date) {
    return LocalDateTime.parse(date, DATE).toInstant(SEOUL).toEpochMilli();
  }

  /** {@code yyyyMMddHHmmss} in Seoul of epoch milliseconds. */
  static String dateOf(long time) {
    return LocalDateTime.ofEpochSecond(Math.floorDiv(time, 1000L), 0, SEOUL).format(DATE);
  }
}
