package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Connection;
import org.apache.hadoop.hbase.client.ConnectionFactory;
import org.apache.hadoop.hbase.client.Put;
import org.apache.hadoop.hbase.client.Table;
import org.apache.storm.tuple.Tuple;

/**
 * Stores readings in HBase. Row key and cell timestamp are the reading's own, so a reading that comes again writes the same
 * cells. RegionServers answer a put when their WAL holds it.
 */
public final class HBaseBolt extends BatchBolt {
  private static final byte[][] COLUMNS = columns(
      "date", "car_number", "speed_pedal", "break_pedal", "steer_angle", "direct_light", "speed", "area_number");

  private final String quorum;
  private final String table;
  private final byte[] family;
  private transient Connection connection;
  private transient boolean away;

  /** @param quorum ZooKeeper's servers as {@code host:port,…} */
  public HBaseBolt(String quorum, String table, String family, int batchSize) {
    super(batchSize);
    this.quorum = quorum;
    this.table = table;
    this.family = family.getBytes(UTF_8);
  }

  @Override
  void write(List<Tuple> batch) throws IOException {
    if (connection == null) connection = ConnectionFactory.createConnection(config());
    List<Put> puts = new ArrayList<>(batch.size());
    for (Tuple tuple : batch) puts.add(put((Reading) tuple.getValueByField("reading"), family));
    try (Table readings = connection.getTable(TableName.valueOf(table))) {
      // One finds out whether HBase is back: of a whole batch the client logs every row that it could not store.
      if (away) readings.put(puts.get(0));
      readings.put(puts);
      away = false;
    }
  }

  /** Keeps the connection: it finds moved regions by itself, and one made anew costs more than it mends. */
  @Override
  void disconnect() {
    away = true;
  }

  @Override
  public void cleanup() {
    try {
      if (connection != null) connection.close();
    } catch (IOException closing) {
      // All of it was stored or will come again.
    }
  }

  /** A reading's cells, at the reading's time. */
  static Put put(Reading reading, byte[] family) {
    long time = reading.time();
    String[] values = {
      reading.date(),
      reading.carNumber(),
      reading.speedPedal(),
      reading.breakPedal(),
      reading.steerAngle(),
      reading.directLight(),
      reading.speed(),
      reading.areaNumber(),
    };
    Put put = new Put(reading.rowKey().getBytes(UTF_8), time);
    for (int index = 0; index < values.length; index++) {
      put.addColumn(family, COLUMNS[index], time, values[index].getBytes(UTF_8));
    }
    return put;
  }

  private Configuration config() {
    Configuration config = HBaseConfiguration.create();
    config.set("hbase.zookeeper.quorum", quorum);
    // The bolt tries on for ever; the client shall come back soon to say that it could not.
    config.setInt("hbase.client.retries.number", 3);
    config.setInt("hbase.client.pause", 200);
    config.setInt("hbase.rpc.timeout", 10_000);
    config.setInt("hbase.client.operation.timeout", 20_000);
    config.setInt("hbase.client.meta.operation.timeout", 20_000);
    config.setInt("hbase.htable.threads.max", 4);
    return config;
  }

  private static byte[][] columns(String... names) {
    byte[][] columns = new byte[names.length][];
    for (int index = 0; index < names.length; index++) columns[index] = names[index].getBytes(UTF_8);
    return columns;
  }
}
