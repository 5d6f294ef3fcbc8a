package lab.smartcar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionWatchTest {
  private static final int CARS = 25;

  private final FakeLog log = new FakeLog();
  private final Rule rule = Rule.of(RuleTest.stacksRule());
  private final List<Rule.Watch> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(Rule.Watch::close);
  }

  private PartitionWatch watch() {
    started.add(rule.watch("test-" + started.size()));
    return new PartitionWatch(0, log, rule, started.get(started.size() - 1), 1_000);
  }

  /** Every car, every second; some of them speed for a while, and a record in fifty is poison. */
  private void drive(int seconds) {
    for (int second = 0; second < seconds; second++) {
      for (int car = 0; car < CARS; car++) {
        int speed = 60 + 15 * (car % 2) + (second / 60 + car) % 3 * 10;
        boolean poison = (second * CARS + car) % 50 == 7;
        log.records.add(poison ? null : Readings.after(second * 1000L, String.format("A%04d", car), speed + ".5"));
      }
    }
  }

  private List<Speeding> offer(PartitionWatch watch, long from, long to) throws Exception {
    List<Speeding> said = new ArrayList<>();
    for (long offset = from; offset < to; offset++) said.addAll(watch.offer(offset, log.records.get((int) offset)));
    return said;
  }

  private List<Speeding> judged() {
    List<Reading> readings = new ArrayList<>(log.records);
    readings.removeIf(reading -> reading == null);
    List<Speeding> all = Judge.speeding(readings, 80);
    assertTrue(all.size() > 100);
    return all;
  }

  @Test
  void fromTheBeginningItSaysWhatTheRuleMeans() throws Exception {
    drive(200);
    assertEquals(judged(), offer(watch(), 0, log.records.size()));
  }

  @Test
  void whereverItIsStartedAgainItSaysTheSameAsIfItHadNeverStopped() throws Exception {
    drive(300);
    for (int restart : new int[] {1, 7, 8, 1_000, 4_242, 7_499}) {
      log.committed = 0;
      List<Speeding> said = offer(watch(), 0, restart);
      log.committed = restart;
      said.addAll(offer(watch(), restart, log.records.size()));
      assertEquals(judged(), said, "restarted at " + restart);
    }
  }

  @Test
  void whatWasJudgedButNotCommittedIsJudgedAgainTheSame() throws Exception {
    drive(200);
    List<Speeding> said = offer(watch(), 0, 3_000);
    log.committed = 2_500;
    Set<Speeding> both = new HashSet<>(said);
    both.addAll(offer(watch(), 2_500, log.records.size()));
    assertEquals(new HashSet<>(judged()), both);
  }

  @Test
  void startedAmidAStreamItMakesUpForWhatIsNotCommitted() throws Exception {
    drive(200);
    List<Speeding> said = offer(watch(), 0, 2_500);
    log.committed = 2_500;
    PartitionWatch second = watch(); // the spout lives and has sent 2 500 to 2 999 to the one before
    said.addAll(offer(second, 3_000, log.records.size()));
    assertEquals(judged(), said);
  }

  @Test
  void rebuildingGoesBackAWindowAndNotToTheBeginning() throws Exception {
    drive(1_200);
    log.committed = 25_000;
    watch().offer(25_000, log.records.get(25_000));
    assertTrue(log.readFrom > 25_000 - 6_000, "read from " + log.readFrom);
    assertTrue(log.readFrom <= 25_000 - 90 * CARS, "read from " + log.readFrom);
  }

  @Test
  void aGapIsReadFromTheLog() throws Exception {
    drive(200);
    PartitionWatch watch = watch();
    List<Speeding> said = offer(watch, 0, 2_000);
    said.addAll(offer(watch, 2_345, log.records.size()));
    assertEquals(judged(), said);
    assertEquals(2_000, log.readFrom);
  }

  @Test
  void aTupleThatComesAgainIsAnsweredAgain() throws Exception {
    drive(100);
    PartitionWatch watch = watch();
    offer(watch, 0, 1_000);
    PartitionWatch other = watch();
    List<Speeding> once = offer(other, 0, 1_000);
    assertTrue(!once.isEmpty());
    assertEquals(once, offer(other, 0, 1_000));
    assertEquals(offer(watch, 1_000, 2_500), offer(other, 1_000, 2_500));
  }

  @Test
  void itForgetsWhatCannotComeAgain() throws Exception {
    drive(100);
    PartitionWatch watch = watch();
    offer(watch, 0, 2_500);
    assertEquals(List.of(), offer(watch, 0, 1_400));
  }

  @Test
  void repeatsInTheLogAreCountedAndNotJudged() throws Exception {
    drive(100);
    List<Speeding> once = judged();
    log.records.addAll(1_500, new ArrayList<>(log.records.subList(1_000, 1_500)));
    PartitionWatch watch = watch();
    assertEquals(once, offer(watch, 0, log.records.size()));
    assertEquals(490, watch.takeRepeats());
    assertEquals(0, watch.takeRepeats());
  }

  @Test
  void aFailureWhileItReadsTheLogCostsNothing() throws Exception {
    drive(300);
    log.committed = 4_000;
    PartitionWatch undisturbed = watch();
    List<Speeding> expected = offer(undisturbed, 4_500, 7_000);
    for (int failAt : new int[] {2_800, 4_003, 4_400}) {
      PartitionWatch watch = watch();
      log.failAt = failAt;
      assertThrows(IOException.class, () -> watch.offer(4_500, log.records.get(4_500)), "fails at " + failAt);
      assertEquals(expected, offer(watch, 4_500, 7_000), "fails at " + failAt);
    }
  }

  @Test
  void itKnowsSinceWhenItJudges() throws Exception {
    drive(100);
    log.committed = 1_007; // poison
    PartitionWatch watch = watch();
    assertEquals(-1, watch.judgedSince());
    offer(watch, 1_007, 1_100);
    assertEquals(log.records.get(1_008).time(), watch.judgedSince());
  }
}
