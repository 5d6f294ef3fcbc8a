package lab.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static Plan.Running ours(String digest, boolean killed) {
    return new Plan.Running("cars-1", digest, killed);
  }

  private static Plan.Running theirs() {
    return new Plan.Running("cars-1", null, false);
  }

  @Test
  void aNewOneIsSubmitted() {
    assertEquals(new Plan(List.of(), List.of(), List.of("cars")), Plan.of(Map.of("cars", "a"), Map.of()));
  }

  @Test
  void anEqualOneIsLeftAlone() {
    Map<String, Plan.Running> running = Map.of("cars", ours("a", false));
    assertEquals(new Plan(List.of(), List.of(), List.of()), Plan.of(Map.of("cars", "a"), running));
  }

  @Test
  void aChangedOneIsReplaced() {
    Map<String, Plan.Running> running = Map.of("cars", ours("a", false));
    assertEquals(new Plan(List.of("cars"), List.of(), List.of("cars")), Plan.of(Map.of("cars", "b"), running));
  }

  @Test
  void oneNoLongerDeclaredIsKilled() {
    Map<String, Plan.Running> running = Map.of("cars", ours("a", false));
    assertEquals(new Plan(List.of("cars"), List.of(), List.of()), Plan.of(Map.of(), running));
  }

  @Test
  void oneBeingKilledIsAwaitedAndSubmittedAgainEvenWhenEqual() {
    Map<String, Plan.Running> running = Map.of("cars", ours("a", true));
    assertEquals(new Plan(List.of(), List.of("cars"), List.of("cars")), Plan.of(Map.of("cars", "a"), running));
  }

  @Test
  void somebodyElsesIsLeftAlone() {
    assertEquals(new Plan(List.of(), List.of(), List.of()), Plan.of(Map.of(), Map.of("theirs", theirs())));
  }

  @Test
  void somebodyElsesOfADeclaredNameIsRefused() {
    Map<String, Plan.Running> running = Map.of("cars", theirs());
    assertThrows(IllegalArgumentException.class, () -> Plan.of(Map.of("cars", "a"), running));
  }
}
