package lab.smartcar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RuleTest {
  private static final String TEXT = stacksRule();

  private Rule.Watch watch = Rule.of(TEXT).watch("test");

  @AfterEach
  void end() {
    watch.close();
  }

  @Test
  void anAverageOfExactly80IsNone() {
    assertEquals(List.of(), offer(0, "A0001", "79"));
    assertEquals(List.of(), offer(1000, "A0001", "81"));
    assertEquals(List.of(), offer(0, "A0002", "80"));
  }

  @Test
  void anAverageJustAbove80IsOne() {
    assertEquals(List.of(new Speeding("A0001", "20260101090000")), offer(0, "A0001", "80.01"));
    assertEquals(List.of(), offer(1000, "A0001", "79.99"));
    assertEquals(List.of(new Speeding("A0001", "20260101090002")), offer(2000, "A0001", "80.000001"));
  }

  @Test
  void exactly80StaysExactAfterManyThousandReadings() {
    // Pairs of 79.9 and 80.1, of which doubles lose a little with each that comes and each that goes.
    for (int second = 0; second < 40_000; second += 2) {
      assertEquals(List.of(), offer(second * 1000L, "A0001", "79.9"));
      assertEquals(List.of(), offer(second * 1000L + 1000, "A0001", "80.1"));
    }
  }

  @Test
  void aReadingOf29_9SecondsAgoCounts() {
    assertEquals(1, offer(0, "A0001", "150").size());
    assertEquals(1, offer(29_900, "A0001", "60").size()); // (150 + 60) / 2
  }

  @Test
  void aReadingOf30_1SecondsAgoDoesNot() {
    assertEquals(1, offer(0, "A0001", "150").size());
    assertEquals(List.of(), offer(30_100, "A0001", "60"));
  }

  @Test
  void aReadingOf30SecondsAgoDoesNot() {
    assertEquals(1, offer(0, "A0001", "150").size());
    assertEquals(List.of(), offer(30_000, "A0001", "60"));
  }

  @Test
  void oneReadingIsAnAverage() {
    assertEquals(List.of(new Speeding("A0001", "20260101090000")), offer(0, "A0001", "81"));
  }

  @Test
  void onlyTheCarThatBrokeTheRuleIsNamed() {
    assertEquals(1, offer(0, "A0001", "100").size());
    assertEquals(List.of(), offer(0, "A0002", "50"));
    assertEquals(List.of(), offer(1000, "A0002", "50"));
    assertEquals(List.of(new Speeding("A0001", "20260101090001")), offer(1000, "A0001", "61"));
  }

  @Test
  void agreesWithAComputationOfItsOwnOverManyCars() {
    java.util.Random random = new java.util.Random(5);
    List<Reading> all = new ArrayList<>();
    for (int second = 0; second < 600; second++) {
      for (int car = 0; car < 20; car++) {
        if (random.nextInt(10) == 0) continue; // cars are silent at times
        all.add(Readings.after(second * 1000L, "A000" + (char) ('0' + car % 10) + (car / 10), (60 + random.nextInt(41)) + ".5"));
      }
    }
    List<Speeding> found = new ArrayList<>();
    for (Reading reading : all) found.addAll(watch.offer(reading));
    assertEquals(Judge.speeding(all, 80), found);
    assertTrue(found.size() > 100);
  }

  @Test
  void anotherThresholdIsAnotherRule() {
    watch.close();
    watch = Rule.of(TEXT.replace("> 80", "> 100")).watch("test");
    assertEquals(List.of(), offer(0, "A0001", "100"));
    assertEquals(1, offer(1000, "A0001", "100.5").size());
  }

  @Test
  void theWindowIsReadFromTheTextWithoutItsComments() {
    assertEquals(30_000, Rule.of(TEXT).windowMs());
    assertEquals(90_000, Rule.of(TEXT.replace("30 seconds", "1 minute 30 seconds")).windowMs());
    assertEquals(90_000, Rule.of(TEXT.replace("30 seconds", "1 MINUTE 30 Seconds")).windowMs());
  }

  @Test
  void whatCannotBeARuleIsRefusedInOneLine() {
    refused(TEXT.replace("select", "selct"), "selct");
    refused(TEXT.replace("Reading#", "Measurement#"), "Measurement");
    refused(TEXT.replace("avg(speed) > 80", "avg(sped) > 80"), "sped");
    refused(TEXT.replace("avg(speed)", "avg(steerAngle)"), "steerAngle");
    refused("select carNumber, time from Reading where speed > 80", "no time window");
    refused(TEXT.replace("30 seconds", "2 weeks"), "not in weeks");
    refused(TEXT.replace("30 seconds", "1 Month 30 seconds"), "not in Month");
    refused(TEXT.replace("30 seconds", "1 year"), "not in year");
    refused(TEXT.replace("30 seconds", "30 seconds 1 usec"), "not in usec");
    refused(TEXT.replace("carNumber, time, ", "carNumber, "), "must have time");
    refused(TEXT + ";\n" + TEXT, "one statement");
  }

  @Test
  void theRuleOfATopologyIsInItsConf() {
    new RuleCheck().accept(java.util.Map.of(RuleCheck.RULE_KEY, TEXT));
    assertThrows(IllegalArgumentException.class, () -> new RuleCheck().accept(java.util.Map.of()));
  }

  private static void refused(String epl, String because) {
    String message = assertThrows(IllegalArgumentException.class, () -> Rule.of(epl), epl).getMessage();
    assertTrue(message.contains(because), message);
    assertEquals(1, message.lines().count(), message);
  }

  private List<Speeding> offer(long milliseconds, String car, String speed) {
    return watch.offer(Readings.after(milliseconds, car, speed));
  }

  /** The rule that stacks use: tests run in the module's directory. */
  static String stacksRule() {
    try {
      return Files.readString(Path.of("../../stacks/over-speed.epl"));
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
