package lab.storm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.storm.shade.net.minidev.json.JSONValue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How far a Kafka spout's consumer group is behind the end of its topics. */
final class Lag {
  private static final int TIMEOUT_MS = 10_000;

  private final String bootstrapServers;
  private Admin admin;

  /** Connects when it is first asked. */
  Lag(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Lag by topic and partition: {@code logHeadOffset}, {@code consumerCommittedOffset} (-1 for none) and {@code lag}.
   *
   * @param componentConf a spout's own conf, in which a Kafka spout says topics and group
   * @return null for a spout that is not Kafka's
   */
  Map<String, Object> of(String componentConf) throws Exception {
    Spout spout = Spout.of(componentConf);
    if (spout == null) return null;
    Admin admin = admin();
    Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (var topic : admin.describeTopics(spout.topics()).allTopicNames().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).values()) {
      for (var each : topic.partitions()) {
        TopicPartition partition = new TopicPartition(topic.name(), each.partition());
        earliest.put(partition, OffsetSpec.earliest());
        latest.put(partition, OffsetSpec.latest());
      }
    }
    // Committed before the end, so that no lag is below zero.
    Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(spout.group())
        .partitionsToOffsetAndMetadata().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    var starts = admin.listOffsets(earliest).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    var ends = admin.listOffsets(latest).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
    Map<String, Map<Integer, Object>> result = new TreeMap<>();
    ends.forEach((partition, end) -> {
      OffsetAndMetadata done = committed.get(partition);
      long from = done == null ? starts.get(partition).offset() : done.offset();
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("logHeadOffset", end.offset());
      map.put("consumerCommittedOffset", done == null ? -1 : done.offset());
      map.put("lag", Math.max(0, end.offset() - from));
      result.computeIfAbsent(partition.topic(), any -> new TreeMap<>()).put(partition.partition(), map);
    });
    return new TreeMap<>(result);
  }

  /** What a Kafka spout says of itself. */
  record Spout(List<String> topics, String group) {
    /** Null when the conf is not that of a Kafka spout with topics by name. */
    static Spout of(String componentConf) {
      Object conf = componentConf == null ? null : JSONValue.parse(componentConf);
      if (!(conf instanceof Map<?, ?> map)) return null;
      if (!(map.get("config.topics") instanceof String topics) || topics.isBlank()) return null;
      if (!(map.get("config.groupid") instanceof String group)) return null;
      return new Spout(Arrays.stream(topics.split(",")).map(String::strip).toList(), group);
    }
  }

  private synchronized Admin admin() {
    if (admin == null) {
      Properties properties = new Properties();
      properties.put("bootstrap.servers", bootstrapServers);
      properties.put("client.id", "storm-ui");
      properties.put("request.timeout.ms", TIMEOUT_MS);
      properties.put("default.api.timeout.ms", TIMEOUT_MS);
      properties.put("enable.metrics.push", "false");
      admin = Admin.create(properties);
    }
    return admin;
  }
}
