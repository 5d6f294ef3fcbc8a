package lab.smartcar;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ReadingLog} of a topic in Kafka. Its consumer asks for the group's offsets and is no member of it. One is made when
 * needed and closed by {@link #release}, since it is needed after a restart, and hardly ever again.
 */
final class KafkaReadingLog implements ReadingLog {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaReadingLog.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long STUCK_MS = 30_000;
  private static final int FETCH_BYTES = 1024 * 1024;

  private final String topic;
  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private Consumer<byte[], byte[]> consumer;

  KafkaReadingLog(String bootstrapServers, String topic, String groupId) {
    this(topic, () -> new KafkaConsumer<>(config(bootstrapServers, groupId)));
  }

  KafkaReadingLog(String topic, Supplier<Consumer<byte[], byte[]>> consumers) {
    this.topic = topic;
    this.consumers = consumers;
  }

  @Override
  public long committed(int partition) {
    TopicPartition at = new TopicPartition(topic, partition);
    OffsetAndMetadata committed = consumer().committed(Set.of(at)).get(at);
    return committed == null ? oldest(partition) : committed.offset();
  }

  @Override
  public long oldest(int partition) {
    TopicPartition at = new TopicPartition(topic, partition);
    return consumer().beginningOffsets(Set.of(at)).get(at);
  }

  @Override
  public long timeAt(int partition, long from, long to) throws TimeoutException {
    long[] time = {-1};
    scan(partition, from, to, (offset, reading) -> time[0] = time[0] < 0 ? reading.time() : time[0], time);
    return time[0];
  }

  @Override
  public void read(int partition, long from, long to, Each each) throws TimeoutException {
    scan(partition, from, to, each, new long[] {-1});
  }

  /** Closes the consumer, if there is one. */
  @Override
  public void release() {
    if (consumer != null) consumer.close(Duration.ZERO);
    consumer = null;
  }

  /** Reads until the end, or until `enough` is not negative any more. */
  private void scan(int partition, long from, long to, Each each, long[] enough) throws TimeoutException {
    if (from >= to) return;
    TopicPartition at = new TopicPartition(topic, partition);
    Consumer<byte[], byte[]> records = consumer();
    records.assign(List.of(at));
    records.seek(at, from);
    long position = from;
    long moved = System.nanoTime();
    while (position < to && enough[0] < 0) {
      try {
        for (ConsumerRecord<byte[], byte[]> record : records.poll(POLL).records(at)) {
          if (record.offset() >= to) break;
          Reading reading = DriverLine.of(record.value(), record.timestamp()).reading();
          if (reading != null) each.accept(record.offset(), reading);
        }
      } catch (OffsetOutOfRangeException gone) {
        records.seek(at, afterWhatIsGone(at, position, to, gone));
      }
      long now = records.position(at); // also past what holds no record
      if (now > position) moved = System.nanoTime();
      else if (System.nanoTime() - moved > STUCK_MS * 1_000_000L)
        throw new TimeoutException(at + " gives nothing at offset " + position + ", and should reach " + to);
      position = now;
    }
  }

  /** Where to go on when the log begins after the position. A position after the log's end is no such case. */
  private long afterWhatIsGone(TopicPartition at, long position, long to, OffsetOutOfRangeException gone) {
    long oldest = oldest(at.partition());
    if (oldest <= position) throw gone;
    long next = Math.min(oldest, to);
    LOG.warn("Offsets {} to {} of {} are gone, its log begins at {}: the rule lacks them", position, next - 1, at, oldest);
    return next;
  }

  private Consumer<byte[], byte[]> consumer() {
    if (consumer == null) consumer = consumers.get();
    return consumer;
  }

  private static Map<String, Object> config(String bootstrapServers, String groupId) {
    return Map.of(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
        ConsumerConfig.GROUP_ID_CONFIG, groupId,
        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false,
        // What is gone shall be noticed here.
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none",
        ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES,
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES,
        ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class,
        ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
  }
}
