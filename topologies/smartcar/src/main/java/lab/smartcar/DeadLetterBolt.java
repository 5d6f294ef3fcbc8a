package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.storm.tuple.Tuple;

/** Puts what is no reading into the dead-letter topic, as it came, and says in headers where it was and what is wrong. */
public final class DeadLetterBolt extends BatchBolt {
  private static final int BATCH_SIZE = 500;
  private static final int ANSWER_MS = 10_000;

  /** The largest record that its topic takes, and room for what a request has around it. */
  private static final int REQUEST_BYTES = 2 * 1024 * 1024 + 64 * 1024;

  /** Records on their way to the broker; others wait for room. */
  private static final long BUFFER_BYTES = 4L * REQUEST_BYTES;

  private final String bootstrapServers;
  private final String topic;
  private final String job;
  private transient KafkaProducer<byte[], byte[]> producer;

  public DeadLetterBolt(String bootstrapServers, String topic, String job) {
    super(BATCH_SIZE);
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.job = job;
  }

  @Override
  void write(List<Tuple> batch) throws Exception {
    // Made with the first of them: most workers never need one.
    if (producer == null) producer = new KafkaProducer<>(config(bootstrapServers));
    List<Future<RecordMetadata>> sent = new ArrayList<>(batch.size());
    for (Tuple tuple : batch) sent.add(producer.send(deadLetter(tuple)));
    producer.flush();
    for (Future<RecordMetadata> one : sent) one.get();
  }

  @Override
  void disconnect() {
    if (producer != null) producer.close(Duration.ZERO);
    producer = null;
  }

  private ProducerRecord<byte[], byte[]> deadLetter(Tuple tuple) {
    byte[] key = tuple.getBinaryByField("key");
    byte[] value = tuple.getBinaryByField("value");
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, value);
    Map.of(
            "source.topic", tuple.getStringByField("topic"),
            "source.partition", tuple.getValueByField("partition"),
            "source.offset", tuple.getValueByField("offset"),
            "reason", tuple.getStringByField("reason"),
            "job", job)
        .forEach((name, text) -> record.headers().add(name, text.toString().getBytes(UTF_8)));
    return record;
  }

  private static Map<String, Object> config(String bootstrapServers) {
    return Map.of(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
        ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
        ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
        ProducerConfig.ACKS_CONFIG, "all",
        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, REQUEST_BYTES,
        ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES,
        ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) ANSWER_MS,
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MS,
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 3 * ANSWER_MS);
  }
}
