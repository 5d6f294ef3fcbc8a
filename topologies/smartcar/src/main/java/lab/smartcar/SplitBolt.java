package lab.smartcar;

import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Fields;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.Values;

/** Makes readings of lines. What is no reading goes on as it came, with the reason. */
public final class SplitBolt extends BaseRichBolt {
  /** Stream of readings: {@code partition, offset, reading}. */
  public static final String READINGS = "readings";

  /** Stream of everything else: {@code topic, partition, offset, key, value, reason}. */
  public static final String POISON = "poison";

  private transient OutputCollector collector;

  @Override
  public void prepare(Map<String, Object> config, TopologyContext context, OutputCollector collector) {
    this.collector = collector;
  }

  @Override
  public void execute(Tuple tuple) {
    Object partition = tuple.getValueByField("partition");
    Object offset = tuple.getValueByField("offset");
    byte[] value = tuple.getBinaryByField("value");
    DriverLine line = DriverLine.of(value, tuple.getLongByField("timestamp"));
    if (line.reading() != null) {
      collector.emit(READINGS, tuple, new Values(partition, offset, line.reading()));
    } else {
      Object topic = tuple.getValueByField("topic");
      Object key = tuple.getValueByField("key");
      collector.emit(POISON, tuple, new Values(topic, partition, offset, key, value, line.reason()));
    }
    collector.ack(tuple);
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    declarer.declareStream(READINGS, new Fields("partition", "offset", "reading"));
    declarer.declareStream(POISON, new Fields("topic", "partition", "offset", "key", "value", "reason"));
  }
}
