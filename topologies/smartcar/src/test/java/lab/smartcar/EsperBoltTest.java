package lab.smartcar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.Counter;
import java.util.List;
import java.util.Map;
import org.apache.storm.tuple.Tuple;
import org.junit.jupiter.api.Test;

class EsperBoltTest {
  private final FakeTuples tuples = FakeTuples.make();
  private final FakeLog log = new FakeLog();
  private final EsperBolt bolt = new EsperBolt("", "SmartCar-Topic", "smartcar", 100);

  EsperBoltTest() {
    bolt.begin("esper-bolt-test", Rule.of(RuleTest.stacksRule()), log, new Counter(), tuples.collector);
  }

  @Test
  void aNoteThatMayHaveBeenLostIsGivenAgainWithTheTupleItWentWith() {
    log.records.add(null); // poison, with which nothing is judged
    for (int second = 1; second <= 3; second++) log.records.add(Readings.after(second * 1000L, "A0001", "50"));
    for (int offset : new int[] {0, 1, 2, 1, 3, 0}) bolt.execute(tuple(offset));
    assertEquals(List.of(1L, 1L), noting());
  }

  @Test
  void whoIsSpeedingIsSaidAgainAsWell() {
    log.records.add(Readings.after(0, "A0001", "100"));
    for (int offset : new int[] {0, 0}) bolt.execute(tuple(offset));
    assertEquals(2, tuples.done.stream().filter(done -> done.startsWith("emit speeding [A0001, ")).count());
    assertEquals(List.of(0L, 0L), noting());
  }

  private Tuple tuple(int offset) {
    Reading reading = log.records.get(offset);
    return reading == null
        ? FakeTuples.tuple(SplitBolt.POISON, offset, Map.of("partition", 0, "offset", (long) offset))
        : FakeTuples.tuple(SplitBolt.READINGS, offset, Map.of("partition", 0, "offset", (long) offset, "reading", reading));
  }

  /** Offsets whose tuples brought about a note: the tuple after it is acked. */
  private List<Long> noting() {
    List<Long> found = new java.util.ArrayList<>();
    for (int at = 0; at < tuples.done.size(); at++) {
      if (!tuples.done.get(at).startsWith("emit rules ")) continue;
      found.add(Long.valueOf(tuples.done.get(at + 1).replaceAll("ack \\{(\\d+)=.*", "$1")));
    }
    return found;
  }
}
