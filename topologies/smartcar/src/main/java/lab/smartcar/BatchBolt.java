package lab.smartcar;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.storm.Config;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.topology.base.BaseRichBolt;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.utils.TupleUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes tuples into a store in batches, when one is full and at every tick, and acks them once the store has said that it
 * holds them. While the store is away the bolt holds its batch and tries on: queues before it fill, and the spout waits.
 * Failing the tuples instead would only bring them back in another order.
 */
abstract class BatchBolt extends BaseRichBolt {
  private static final Logger LOG = LoggerFactory.getLogger(BatchBolt.class);
  private static final int TICK_SECONDS = 1;
  private static final long RETRY_MS = 500;
  private static final long MAX_RETRY_MS = 5_000;

  private final int batchSize;
  private transient OutputCollector collector;
  private transient List<Tuple> batch;

  BatchBolt(int batchSize) {
    this.batchSize = batchSize;
  }

  /** Stores all of the batch durably, or throws. Called again with the same batch after it has thrown. */
  abstract void write(List<Tuple> batch) throws Exception;

  /** Ends what {@link #write} has opened, whatever state that is in. Called after a failure and at the end. */
  abstract void disconnect();

  @Override
  public void prepare(Map<String, Object> config, TopologyContext context, OutputCollector collector) {
    this.collector = collector;
    this.batch = new ArrayList<>();
  }

  @Override
  public Map<String, Object> getComponentConfiguration() {
    return Map.of(Config.TOPOLOGY_TICK_TUPLE_FREQ_SECS, TICK_SECONDS);
  }

  @Override
  public void execute(Tuple tuple) {
    boolean tick = TupleUtils.isTick(tuple);
    if (!tick) batch.add(tuple);
    if (!batch.isEmpty() && (tick || batch.size() >= batchSize)) flush();
  }

  @Override
  public void cleanup() {
    disconnect();
  }

  @Override
  public void declareOutputFields(OutputFieldsDeclarer declarer) {
    // The end of its branch.
  }

  private void flush() {
    long wait = RETRY_MS;
    while (true) {
      try {
        write(batch);
        break;
      } catch (Exception failure) {
        if (failure instanceof InterruptedException || Thread.currentThread().isInterrupted()) {
          throw new IllegalStateException("Stopped with a batch not stored", failure);
        }
        LOG.warn("{} tuples not stored, trying again in {} ms: {}", batch.size(), wait, failure.toString());
        collector.reportError(failure); // Storm keeps the latest for its pages
        disconnect();
        pause(wait);
        wait = Math.min(2 * wait, MAX_RETRY_MS);
      }
    }
    batch.forEach(collector::ack);
    batch = new ArrayList<>();
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Stopped with a batch not stored", stopped);
    }
  }
}
