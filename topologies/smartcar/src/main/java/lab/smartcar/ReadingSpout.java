package lab.smartcar;

import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.storm.kafka.spout.FirstPollOffsetStrategy;
import org.apache.storm.kafka.spout.KafkaSpout;
import org.apache.storm.kafka.spout.KafkaSpoutConfig;
import org.apache.storm.kafka.spout.KafkaSpoutConfig.ProcessingGuarantee;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Values;

/**
 * Records of the driver log's topic, as bytes: {@code topic, partition, offset, key, value, timestamp}. An offset is committed
 * when its tuple and all before it are acked, so what was not stored comes again after whatever has failed.
 */
public final class ReadingSpout extends KafkaSpout<byte[], byte[]> {
  /** Records of one poll; with lines of 4 KiB they take 2 MiB. */
  static final int MAX_POLL_RECORDS = 500;

  private static final int COMMIT_PERIOD_MS = 2_000;
  private static final int POLL_TIMEOUT_MS = 100;
  private static final int FETCH_BYTES = 2 * 1024 * 1024;

  public ReadingSpout(String bootstrapServers, String topic, String groupId, int maxUncommittedOffsets) {
    super(config(bootstrapServers, topic, groupId, maxUncommittedOffsets));
  }

  private static KafkaSpoutConfig<byte[], byte[]> config(
      String bootstrapServers, String topic, String groupId, int maxUncommittedOffsets) {
    return new KafkaSpoutConfig.Builder<byte[], byte[]>(bootstrapServers, topic)
        .setProp(ConsumerConfig.GROUP_ID_CONFIG, groupId)
        .setProp(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName())
        .setProp(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName())
        .setProp(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS)
        .setProp(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES)
        .setProp(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES / 2)
        .setRecordTranslator(
            record ->
                new Values(
                    record.topic(), record.partition(), record.offset(), record.key(), record.value(), record.timestamp()),
            new Fields("topic", "partition", "offset", "key", "value", "timestamp"))
        .setProcessingGuarantee(ProcessingGuarantee.AT_LEAST_ONCE)
        .setFirstPollOffsetStrategy(FirstPollOffsetStrategy.UNCOMMITTED_EARLIEST)
        .setOffsetCommitPeriodMs(COMMIT_PERIOD_MS)
        .setPollTimeoutMs(POLL_TIMEOUT_MS)
        .setMaxUncommittedOffsets(maxUncommittedOffsets)
        .build();
  }
}
