package lab.smartcar;

import com.codahale.metrics.Counter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the readings with the rule for speeding: a {@link PartitionWatch} for each partition of the topic. All tuples of a
 * partition must come to the same task, those of poison as well, which tell it that their offsets hold no reading.
 */
public final class EsperBolt extends BaseRichBolt {
  /** Stream of cars that broke the rule: {@code car, date}. */
  public static final String SPEEDING = "speeding";

  /** Stream of what says since when the rule judges a partition: {@code epl, partition, since}. */
  public static final String RULES = "rules";

  private static final Logger LOG = LoggerFactory.getLogger(EsperBolt.class);
  private static final int TICK_SECONDS = 10;
  private static final long RETRY_MS = 1_000;

  private final String bootstrapServers;
  private final String topic;
  private final String groupId;
  private final long remembered;

  private transient OutputCollector collector;
  private transient String name;
  private transient Rule rule;
  private transient ReadingLog log;
  private transient Map<Integer, PartitionWatch> watches;

  /** Offset of the tuple that the note of a partition went with: when it comes again, the note may have been lost. */
  private transient Map<Integer, Long> noted;

  private transient Counter repeats;

  /** @param maxUncommittedOffsets the spout's: no tuple comes again from further back */
  public EsperBolt(String bootstrapServers, String topic, String groupId, int maxUncommittedOffsets) {
    this.bootstrapServers = bootstrapServers;
    this.topic = topic;
    this.groupId = groupId;
    this.remembered = maxUncommittedOffsets + 2L * ReadingSpout.MAX_POLL_RECORDS;
  }

  @Override
  public void prepare(Map<String, Object> config, TopologyContext context, OutputCollector collector) {
    String task = context.getStormId() + "-" + context.getThisTaskId();
    KafkaReadingLog readings = new KafkaReadingLog(bootstrapServers, topic, groupId);
    begin(task, RuleCheck.rule(config), readings, context.registerCounter("repeats"), collector);
  }

  /** As a task of this name. */
  void begin(String name, Rule rule, ReadingLog log, Counter repeats, OutputCollector collector) {
    this.name = name;
    this.rule = rule;
    this.log = log;
    this.repeats = repeats;
    this.collector = collector;
    watches = new HashMap<>();
    noted = new HashMap<>();
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return Map.of(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS, TICK_SECONDS);
  }

  @Override
  public void execute(Tuple tuple) {
    if (TupleUtils.isTick(tuple)) {
      log.release();
      return;
    }
    int partition = tuple.getIntegerByField("partition");
    Reading reading = SplitBolt.READINGS.equals(tuple.getSourceStreamId()) ? (Reading) tuple.getValueByField("reading") : null;
    PartitionWatch watch = watches.computeIfAbsent(partition, this::watch);
    long offset = tuple.getLongByField("offset");
    for (Speeding speeding : offer(watch, offset, reading)) {
      collector.emit(SPEEDING, tuple, new Values(speeding.carNumber(), speeding.date()));
    }
    repeats.inc(watch.takeRepeats());
    if (watch.judgedSince() >= 0 && noted.computeIfAbsent(partition, first -> offset) == offset) {
      collector.emit(RULES, tuple, new Values(rule.epl(), partition, watch.judgedSince()));
    }
    collector.ack(tuple);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declareStream(SPEEDING, new Fields("car", "date"));
    declarer.declareStream(RULES, new Fields("epl", "partition", "since"));
  }

  private PartitionWatch watch(int partition) {
    return new PartitionWatch(partition, log, rule, rule.watch(name + "-" + partition), remembered);
  }

  /** Only the log can fail, and what is in it cannot be done without: tries until it can be read. */
  private List<Speeding> offer(PartitionWatch watch, long offset, Reading reading) {
    while (true) {
      try {
        return watch.offer(offset, reading);
      } catch (Exception failure) {
        LOG.warn("The log of {} cannot be read, trying again: {}", topic, failure.toString());
        collector.reportError(failure);
        log.release();
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_MS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Stopped while the log could not be read", stopped);
    }
  }
}
