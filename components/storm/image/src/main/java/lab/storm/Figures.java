package lab.storm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.storm.generated.ClusterSummary;
import org.apache.storm.generated.CommonAggregateStats;
import org.apache.storm.generated.ComponentAggregateStats;
import org.apache.storm.generated.ErrorInfo;
import org.apache.storm.generated.NimbusSummary;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.generated.SupervisorSummary;
import org.apache.storm.generated.TopologyInfo;
import org.apache.storm.generated.TopologyPageInfo;
import org.apache.storm.generated.TopologySummary;
import org.apache.storm.generated.WorkerSummary;
import org.apache.storm.utils.NimbusClient;
import org.apache.storm.utils.VersionInfo;

/** What Nimbus knows, in the shape and by the names of Storm's own UI. */
final class Figures {
  /** Since the workers of today began. */
  private static final String WINDOW = ":all-time";

  private final Map<String, Object> conf;
  private final Lag lag;

  /** Asks the Nimbus that a storm.yaml names; {@code lag} is null where no Kafka is known. */
  Figures(Map<String, Object> conf, Lag lag) {
    this.conf = conf;
    this.lag = lag;
  }

  private interface Call<T> {
    T on(org.apache.storm.generated.Nimbus.Iface nimbus) throws Exception;
  }

  private <T> T ask(Call<T> call) throws Exception {
    try (NimbusClient client = NimbusClient.Builder.withConf(conf).build()) {
      return call.on(client.getClient());
    }
  }

  Map<String, Object> cluster() throws Exception {
    ClusterSummary summary = ask(nimbus -> nimbus.getClusterInfo());
    Map<String, Object> map = new LinkedHashMap<>();
    int slots = summary.get_supervisors().stream().mapToInt(SupervisorSummary::get_num_workers).sum();
    int used = summary.get_supervisors().stream().mapToInt(SupervisorSummary::get_num_used_workers).sum();
    map.put("stormVersion", VersionInfo.getVersion());
    map.put("supervisors", summary.get_supervisors_size());
    map.put("topologies", summary.get_topologies_size());
    map.put("slotsTotal", slots);
    map.put("slotsUsed", used);
    map.put("slotsFree", slots - used);
    map.put("executorsTotal", summary.get_topologies().stream().mapToInt(TopologySummary::get_num_executors).sum());
    map.put("tasksTotal", summary.get_topologies().stream().mapToInt(TopologySummary::get_num_tasks).sum());
    return map;
  }

  Map<String, Object> nimbuses() throws Exception {
    List<Object> list = new ArrayList<>();
    for (NimbusSummary each : ask(nimbus -> nimbus.getClusterInfo()).get_nimbuses()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("host", each.get_host());
      map.put("port", each.get_port());
      map.put("status", each.is_isLeader() ? "Leader" : "Not a Leader");
      map.put("version", each.get_version());
      map.put("nimbusUpTimeSeconds", each.get_uptime_secs());
      list.add(map);
    }
    return Map.of("nimbuses", list);
  }

  Map<String, Object> supervisors() throws Exception {
    List<Object> list = new ArrayList<>();
    for (SupervisorSummary each : ask(nimbus -> nimbus.getClusterInfo()).get_supervisors()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("id", each.get_supervisor_id());
      map.put("host", each.get_host());
      map.put("uptimeSeconds", each.get_uptime_secs());
      map.put("slotsTotal", each.get_num_workers());
      map.put("slotsUsed", each.get_num_used_workers());
      map.put("version", each.get_version());
      list.add(map);
    }
    return Map.of("supervisors", list);
  }

  Map<String, Object> topologies() throws Exception {
    List<Object> list = new ArrayList<>();
    for (TopologySummary each : ask(nimbus -> nimbus.getTopologySummaries())) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("id", each.get_id());
      map.put("name", each.get_name());
      map.put("status", each.get_status());
      map.put("uptimeSeconds", each.get_uptime_secs());
      map.put("workersTotal", each.get_num_workers());
      map.put("executorsTotal", each.get_num_executors());
      map.put("tasksTotal", each.get_num_tasks());
      map.put("replicationCount", each.get_replication_count());
      map.put("schedulerInfo", each.get_sched_status());
      list.add(map);
    }
    return Map.of("topologies", list);
  }

  Map<String, Object> topology(String id) throws Exception {
    return ask(nimbus -> {
      TopologyPageInfo page = nimbus.getTopologyPageInfo(id, WINDOW, false);
      TopologyInfo info = nimbus.getTopologyInfo(id);
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("id", page.get_id());
      map.put("name", page.get_name());
      map.put("status", page.get_status());
      map.put("uptimeSeconds", page.get_uptime_secs());
      map.put("workersTotal", page.get_num_workers());
      map.put("executorsTotal", page.get_num_executors());
      map.put("tasksTotal", page.get_num_tasks());
      map.put("window", WINDOW);
      map.put("spouts", components(page.get_id_to_spout_agg_stats(), info, true));
      map.put("bolts", components(page.get_id_to_bolt_agg_stats(), info, false));
      map.put("workers", workers(page));
      return map;
    });
  }

  private static List<Object> components(
      Map<String, ComponentAggregateStats> all, TopologyInfo info, boolean spouts) {
    List<Object> list = new ArrayList<>();
    new TreeMap<>(all == null ? Map.of() : all).forEach((id, stats) -> {
      Map<String, Object> map = new LinkedHashMap<>();
      CommonAggregateStats common = stats.get_common_stats();
      map.put(spouts ? "spoutId" : "boltId", id);
      map.put("executors", common.get_num_executors());
      map.put("tasks", common.get_num_tasks());
      map.put("emitted", common.get_emitted());
      map.put("transferred", common.get_transferred());
      map.put("acked", common.get_acked());
      map.put("failed", common.get_failed());
      if (spouts) {
        map.put("completeLatency", milliseconds(stats.get_specific_stats().get_spout().get_complete_latency_ms()));
      } else {
        var bolt = stats.get_specific_stats().get_bolt();
        map.put("executed", bolt.get_executed());
        map.put("executeLatency", milliseconds(bolt.get_execute_latency_ms()));
        map.put("processLatency", milliseconds(bolt.get_process_latency_ms()));
        map.put("capacity", milliseconds(bolt.get_capacity()));
      }
      map.put("errors", errors(info.get_errors().getOrDefault(id, List.of())));
      list.add(map);
    });
    return list;
  }

  private static List<Object> errors(List<ErrorInfo> all) {
    List<Object> list = new ArrayList<>();
    for (ErrorInfo each : all) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("errorTime", each.get_error_time_secs());
      map.put("errorHost", each.get_host());
      map.put("errorPort", each.get_port());
      map.put("error", each.get_error());
      list.add(map);
    }
    return list;
  }

  private static List<Object> workers(TopologyPageInfo page) {
    List<Object> list = new ArrayList<>();
    for (WorkerSummary each : page.is_set_workers() ? page.get_workers() : List.<WorkerSummary>of()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("host", each.get_host());
      map.put("port", each.get_port());
      map.put("supervisorId", each.get_supervisor_id());
      map.put("uptimeSeconds", each.get_uptime_secs());
      map.put("executorsTotal", each.get_num_executors());
      list.add(map);
    }
    return list;
  }

  /** Lag of every Kafka spout of a topology, by partition. */
  Map<String, Object> lag(String id) throws Exception {
    StormTopology topology = ask(nimbus -> nimbus.getUserTopology(id));
    Map<String, Object> map = new TreeMap<>();
    for (var spout : topology.get_spouts().entrySet()) {
      Map<String, Object> result = lag == null ? null : lag.of(spout.getValue().get_common().get_json_conf());
      if (result == null) continue;
      map.put(spout.getKey(), Map.of("spoutId", spout.getKey(), "spoutType", "KAFKA", "spoutLagResult", result));
    }
    return map;
  }

  /** Three decimals, as Storm's UI shows them. */
  private static double milliseconds(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
