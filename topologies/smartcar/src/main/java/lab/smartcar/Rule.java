package lab.smartcar;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPStatement;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rule for speeding: one EPL statement over events {@code Reading}, each row of which names a car and the time of the
 * reading at which it broke the rule. Speeds are exact decimals: an average of exactly 80 is not above 80, however many
 * readings have come and gone before.
 */
final class Rule {
  private static final String EVENT = "Reading";
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
  private static final Pattern PERIOD =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*(days?|hours?|minutes?|min|seconds?|sec|milliseconds?|msec)\\b",
          Pattern.CASE_INSENSITIVE);

  /** Units that Esper knows besides: some are of no fixed length, and none is for a window of readings. */
  private static final Pattern OTHER_PERIOD =
      Pattern.compile("[0-9]\\.?\\s*(years?|months?|weeks?|microseconds?|usec)\\b", Pattern.CASE_INSENSITIVE);

  private final String epl;
  private final Configuration configuration;
  private final EPCompiled compiled;
  private final long windowMs;

  private Rule(String epl, Configuration configuration, EPCompiled compiled, long windowMs) {
    this.epl = epl;
    this.configuration = configuration;
    this.compiled = compiled;
    this.windowMs = windowMs;
  }

  /** Compiles and tries. Throws IllegalArgumentException, in one line, for what cannot be a rule. */
  static Rule of(String epl) {
    long windowMs = windowMs(epl);
    if (windowMs == 0) throw refused("it has no time window, such as #ext_timed(time, 30 seconds)");
    Configuration configuration = configuration();
    Rule rule;
    try {
      EPCompiled compiled = EPCompilerProvider.getCompiler().compile(epl, new CompilerArguments(configuration));
      rule = new Rule(epl, configuration, compiled, windowMs);
    } catch (EPCompileException failure) {
      throw refused(failure.getMessage().replaceAll("\\s+", " "));
    }
    rule.watch("check").close();
    return rule;
  }

  /** As it was given. */
  String epl() {
    return epl;
  }

  /** No row depends on readings older than this, seen from the newest: the sum of all periods that the text names. */
  long windowMs() {
    return windowMs;
  }

  /** Starts with an empty window. The name tells it from others in this process. */
  Watch watch(String name) {
    return new Watch(name);
  }

  /** The rule at work on readings, each car's in the order of their times. */
  final class Watch implements AutoCloseable {
    private final EPRuntime runtime;
    private final List<Speeding> rows = new ArrayList<>();

    private Watch(String name) {
      runtime = EPRuntimeProvider.getRuntime(name, configuration);
      runtime.initialize();
      try {
        EPStatement[] statements = runtime.getDeploymentService().deploy(compiled).getStatements();
        if (statements.length != 1) throw refused("it must be one statement, and is " + statements.length);
        mustHave(statements[0].getEventType(), "carNumber", String.class);
        mustHave(statements[0].getEventType(), "time", Long.class);
        statements[0].addListener((added, removed, statement, source) -> add(added));
      } catch (EPDeployException failure) {
        close();
        throw refused(failure.getMessage());
      } catch (IllegalArgumentException failure) {
        close();
        throw failure;
      }
    }

    /** Rows that this reading brings about. */
    List<Speeding> offer(Reading reading) {
      // Windows are by the readings' own times; the clock is for rules that ask for it, and must not run backwards.
      if (reading.time() > runtime.getEventService().getCurrentTime()) {
        runtime.getEventService().advanceTime(reading.time());
      }
      runtime.getEventService().sendEventMap(event(reading), EVENT);
      List<Speeding> brought = List.copyOf(rows);
      rows.clear();
      return brought;
    }

    @Override
    public void close() {
      runtime.destroy();
    }

    private void add(EventBean[] added) {
      if (added == null) return;
      for (EventBean row : added) {
        Object time = row.get("time");
        rows.add(new Speeding((String) row.get("carNumber"), Reading.dateOf((Long) time)));
      }
    }
  }

  private static Map<String, Object> event(Reading reading) {
    Map<String, Object> event = new HashMap<>();
    event.put("carNumber", reading.carNumber());
    event.put("time", reading.time());
    event.put("speed", new BigDecimal(reading.speed()));
    event.put("speedPedal", reading.speedPedal());
    event.put("breakPedal", reading.breakPedal());
    event.put("steerAngle", reading.steerAngle());
    event.put("directLight", reading.directLight());
    event.put("areaNumber", reading.areaNumber());
    return event;
  }

  private static Configuration configuration() {
    Map<String, Object> properties = new HashMap<>();
    for (String text : new String[] {"carNumber", "speedPedal", "breakPedal", "steerAngle", "directLight", "areaNumber"}) {
      properties.put(text, String.class);
    }
    properties.put("time", Long.class);
    properties.put("speed", BigDecimal.class);
    Configuration configuration = new Configuration();
    configuration.getCommon().addEventType(EVENT, properties);
    // An average that does not end needs a place to stop; 34 digits are far beyond any difference of averages.
    configuration.getCompiler().getExpression().setMathContext(MathContext.DECIMAL128);
    configuration.getRuntime().getThreading().setInternalTimerEnabled(false);
    return configuration;
  }

  private static long windowMs(String epl) {
    String text = COMMENT.matcher(epl).replaceAll(" ");
    Matcher other = OTHER_PERIOD.matcher(text);
    if (other.find()) {
      throw refused("its periods must be in days, hours, minutes, seconds or milliseconds, not in " + other.group(1));
    }
    Matcher period = PERIOD.matcher(text);
    double sum = 0;
    while (period.find()) sum += Double.parseDouble(period.group(1)) * unitMs(period.group(2).toLowerCase(Locale.ROOT));
    return (long) Math.ceil(sum);
  }

  private static long unitMs(String unit) {
    if (unit.startsWith("day")) return 86_400_000;
    if (unit.startsWith("hour")) return 3_600_000;
    if (unit.startsWith("min")) return 60_000;
    return unit.startsWith("sec") ? 1_000 : 1;
  }

  private static void mustHave(EventType rows, String property, Class<?> type) {
    if (type != rows.getPropertyType(property)) throw refused("its rows must have " + property + " of the reading");
  }

  private static IllegalArgumentException refused(String why) {
    return new IllegalArgumentException("The rule for speeding cannot be used: " + why);
  }
}
