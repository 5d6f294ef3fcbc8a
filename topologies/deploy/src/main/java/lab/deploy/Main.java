package lab.deploy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.storm.utils.Utils;

/**
 * Makes what runs on Storm what is declared: submits what is missing, replaces what differs, kills what is no longer declared and
 * was deployed from here, and waits until everything runs. All topologies are built and checked before any is touched. Run again
 * after it was broken off, it goes on where it was.
 */
public final class Main {
  private static final int STEADY_SECONDS = 10;
  private static final long PAUSE_MS = 1000;

  private final Nimbus nimbus;
  private final Declared declared;

  private Main(Nimbus nimbus, Declared declared) {
    this.nimbus = nimbus;
    this.declared = declared;
  }

  /** Takes the path of topologies.json; 78 is a declaration that cannot work, 1 a cluster that did not do it. */
  public static void main(String[] args) {
    try {
      Declared declared = Declared.read(Path.of(args.length > 0 ? args[0] : "/etc/topologies/topologies.json"));
      new Main(new Nimbus(Utils.readStormConfig()), declared).run();
      System.exit(0); // Storm's clients leave threads behind
    } catch (IllegalArgumentException | IOException failure) {
      say(failure.getMessage() == null ? failure.toString() : failure.getMessage());
      System.exit(78);
    } catch (Exception failure) {
      say(failure.getMessage() == null ? failure.toString() : failure.getMessage());
      System.exit(1);
    }
  }

  private void run() throws Exception {
    Map<String, Built> built = new LinkedHashMap<>();
    for (Declared.Topology topology : declared.topologies()) built.put(topology.name(), Built.of(topology));
    Map<String, String> digests = new LinkedHashMap<>();
    built.forEach((name, each) -> digests.put(name, each.digest()));

    Plan[] plan = new Plan[1];
    until("Nimbus does not answer", () -> {
      plan[0] = Plan.of(digests, nimbus.running());
      return null;
    });
    for (String name : plan[0].kill()) {
      say("killing " + name + (digests.containsKey(name) ? ", which has changed" : ", which is no longer declared"));
      nimbus.kill(name, declared.killSeconds());
    }
    until("what was killed is still there", () -> {
      Map<String, Plan.Running> running = nimbus.running();
      for (String name : plan[0].kill()) if (running.containsKey(name)) return name;
      for (String name : plan[0].await()) if (running.containsKey(name)) return name;
      return null;
    });
    for (String name : plan[0].submit()) {
      say("submitting " + name + " " + digests.get(name));
      nimbus.submit(built.get(name));
    }
    for (String name : built.keySet()) awaitRunning(name);
  }

  private void awaitRunning(String name) throws Exception {
    String[] errors = {""};
    try {
      until(name + " does not run", () -> {
        Nimbus.Progress progress = nimbus.progress(name, STEADY_SECONDS);
        errors[0] = progress.errors();
        return progress.waiting();
      });
    } catch (IllegalStateException failure) {
      throw errors[0].isEmpty() ? failure : new IllegalStateException(failure.getMessage() + "\n" + errors[0], failure);
    }
    say(name + " runs");
  }

  private interface Attempt {
    /** Why it is not done yet; null when it is. */
    String waiting() throws Exception;
  }

  /** Tries until it is done. A Nimbus that is away, or between two leaders, is waited for. */
  private void until(String trouble, Attempt attempt) throws Exception {
    long deadline = System.nanoTime() + declared.waitSeconds() * 1_000_000_000L;
    while (true) {
      String waiting;
      try {
        waiting = attempt.waiting();
      } catch (IllegalArgumentException refused) {
        throw refused;
      } catch (Exception failure) {
        waiting = failure.toString();
      }
      if (waiting == null) return;
      if (System.nanoTime() > deadline)
        throw new IllegalStateException(trouble + " after " + declared.waitSeconds() + " s: " + waiting);
      Thread.sleep(PAUSE_MS);
    }
  }

  private static void say(String text) {
    System.err.println("deploy: " + text);
  }
}
