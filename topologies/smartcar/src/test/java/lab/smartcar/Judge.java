package lab.smartcar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** What the stacks' rule means, said without Esper and straight on. */
final class Judge {
  private Judge() {}

  /** Who is speeding, in the order of the readings, which is that of their times. */
  static List<Speeding> speeding(List<Reading> readings, int limit) {
    List<Speeding> found = new ArrayList<>();
    for (int index = 0; index < readings.size(); index++) {
      Reading at = readings.get(index);
      BigDecimal sum = BigDecimal.ZERO;
      int count = 0;
      for (int back = index; back >= 0 && readings.get(back).time() > at.time() - 30_000; back--) {
        Reading one = readings.get(back);
        if (!one.carNumber().equals(at.carNumber())) continue;
        sum = sum.add(new BigDecimal(one.speed()));
        count++;
      }
      if (sum.compareTo(BigDecimal.valueOf((long) limit * count)) > 0) found.add(new Speeding(at.carNumber(), at.date()));
    }
    return found;
  }
}
