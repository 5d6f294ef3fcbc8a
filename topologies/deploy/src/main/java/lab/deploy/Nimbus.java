package lab.deploy;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.shade.net.minidev.json.JSONValue;
import org.apache.storm.StormSubmitter;
import org.apache.storm.generated.ErrorInfo;
import org.apache.storm.generated.ExecutorSummary;
import org.apache.storm.generated.KillOptions;
import org.apache.storm.generated.TopologyInfo;
import org.apache.storm.generated.TopologySummary;
import org.apache.storm.utils.NimbusClient;

/** The leader of Nimbus, called anew each time: who leads may change. */
final class Nimbus {
  private final Map<String, Object> conf;

  /** Calls whom a storm.yaml names. */
  Nimbus(Map<String, Object> conf) {
    this.conf = conf;
  }

  private interface Call<T> {
    T on(org.apache.storm.generated.Nimbus.Iface nimbus) throws Exception;
  }

  private <T> T call(Call<T> call) throws Exception {
    try (NimbusClient client = NimbusClient.Builder.withConf(conf).build()) {
      return call.on(client.getClient());
    }
  }

  /** All topologies by name, those that are being killed among them. */
  Map<String, Plan.Running> running() throws Exception {
    return call(nimbus -> {
      Map<String, Plan.Running> all = new TreeMap<>();
      for (TopologySummary each : nimbus.getTopologySummaries()) {
        Object conf = JSONValue.parse(nimbus.getTopologyConf(each.get_id()));
        Object digest = conf instanceof Map<?, ?> map ? map.get(Built.DIGEST_KEY) : null;
        boolean killed = "KILLED".equals(each.get_status());
        all.put(each.get_name(), new Plan.Running(each.get_id(), digest == null ? null : digest.toString(), killed));
      }
      return all;
    });
  }

  /** Stops a topology's spouts at once, and its workers after {@code waitSeconds}. */
  void kill(String name, int waitSeconds) throws Exception {
    call(nimbus -> {
      KillOptions options = new KillOptions();
      options.set_wait_secs(waitSeconds);
      nimbus.killTopologyWithOpts(name, options);
      return null;
    });
  }

  /** Submits; workers get the jar that is named. */
  void submit(Built built) throws Exception {
    System.setProperty("storm.jar", built.declared().jar().toString());
    StormSubmitter.submitTopology(built.declared().name(), built.conf(), built.topology());
  }

  /**
   * How a topology does.
   *
   * @param waiting why it does not run yet, in one line; null when all its executors run
   * @param errors what its workers reported last, by component
   */
  record Progress(String waiting, String errors) {}

  /** How a topology does; it runs when every executor has done so for {@code steadySeconds}. */
  Progress progress(String name, int steadySeconds) throws Exception {
    TopologyInfo info = call(nimbus -> nimbus.getTopologyInfoByName(name));
    StringBuilder errors = new StringBuilder();
    for (Map.Entry<String, List<ErrorInfo>> entry : info.get_errors().entrySet()) {
      entry.getValue().stream()
          .max(Comparator.comparingInt(ErrorInfo::get_error_time_secs))
          .ifPresent(newest -> errors.append(entry.getKey() + ": " + newest.get_error().strip() + "\n"));
    }
    List<ExecutorSummary> executors = info.get_executors();
    long steady = executors.stream().filter(it -> it.is_set_stats() && it.get_uptime_secs() >= steadySeconds).count();
    String waiting = executors.isEmpty()
        ? "no worker has been found for it: " + info.get_sched_status()
        : steady < executors.size() ? steady + " of " + executors.size() + " executors run" : null;
    return new Progress(waiting, errors.toString());
  }
}
