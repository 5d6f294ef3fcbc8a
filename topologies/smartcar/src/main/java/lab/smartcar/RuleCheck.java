package lab.smartcar;

import java.util.Map;
import java.util.function.Consumer;

/** Refuses a topology whose rule cannot be used, before the one that runs is stopped for it. */
public final class RuleCheck implements Consumer<Map<String, Object>> {
  /** Key in a topology's conf of its rule: the text of the file {@code over-speed.epl}. */
  static final String RULE_KEY = "lab.file.over-speed.epl";

  @Override
  public void accept(Map<String, Object> conf) {
    rule(conf);
  }

  /** The rule that a topology is to follow. */
  static Rule rule(Map<String, Object> conf) {
    if (conf.get(RULE_KEY) instanceof String epl && !epl.isBlank()) return Rule.of(epl);
    throw new IllegalArgumentException("The topology has no rule: the file over-speed.epl is missing or empty");
  }
}
