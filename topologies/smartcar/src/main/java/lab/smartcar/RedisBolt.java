package lab.smartcar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.tuple.Tuple;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Adds speeding cars to their day's set, and sets when that expires, in one atomic call; notes which rule judges since when.
 * Adding twice is adding once.
 */
public final class RedisBolt extends BatchBolt {
  /** Hash of rules: when a topology with another rule was submitted (epoch ms) to JSON {@code {epl, since, partitions}}. */
  static final String RULES = "smartcar:rules";

  private static final int TIMEOUT_MS = 5_000;

  /** KEYS: the day. ARGV: seconds to keep it, members. */
  private static final String ADD =
      """
      redis.call('SADD', KEYS[1], unpack(ARGV, 2))
      return redis.call('EXPIRE', KEYS[1], ARGV[1])
      """;

  /**
   * KEYS: the rules. ARGV: submitted, EPL, partition, since. A rule that is the newest already gains what it lacks; an older
   * topology's says nothing any more.
   */
  private static final String NOTE =
      """
      local newest
      for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
        if not newest or tonumber(field) > tonumber(newest) then newest = field end
      end
      local note = newest and cjson.decode(redis.call('HGET', KEYS[1], newest))
      if note and note.epl ~= ARGV[2] then
        if tonumber(newest) >= tonumber(ARGV[1]) then return 0 end
        note = nil
      end
      if not note then
        newest = ARGV[1]
        note = { epl = ARGV[2], since = tonumber(ARGV[4]), partitions = {} }
      end
      if note.partitions[ARGV[3]] then return 0 end
      note.partitions[ARGV[3]] = tonumber(ARGV[4])
      note.since = math.min(note.since, tonumber(ARGV[4]))
      return redis.call('HSET', KEYS[1], newest, cjson.encode(note))
      """;

  private final List<HostAndPort> addresses;
  private final String master;
  private final String passwordFile;
  private final int keepSeconds;
  private final int replicas;
  private transient String submitted;
  private transient Jedis jedis;

  /**
   * @param addresses {@code host:port,…} of the server, or of all Sentinels
   * @param master the Sentinels' name for the master; empty when there are none
   * @param passwordFile file with the password; empty when there is none
   * @param keepSeconds when a day's set expires, from the last addition
   * @param replicas how many copies there must be before a tuple is acked
   */
  public RedisBolt(
      String addresses, String master, String passwordFile, int keepSeconds, int replicas, int batchSize) {
    super(batchSize);
    this.addresses = new ArrayList<>();
    for (String address : addresses.split(",")) this.addresses.add(HostAndPort.from(address.strip()));
    this.master = master;
    this.passwordFile = passwordFile;
    this.keepSeconds = keepSeconds;
    this.replicas = replicas;
  }

  @Override
  public void prepare(Map<String, Object> config, TopologyContext context, OutputCollector collector) {
    super.prepare(config, context, collector);
    submitted = Long.toString(submittedMs(context.getStormId()));
  }

  @Override
  void write(List<Tuple> batch) throws IOException {
    if (jedis == null) jedis = connected();
    Map<String, List<String>> days = new LinkedHashMap<>();
    for (Tuple tuple : batch) {
      if (EsperBolt.RULES.equals(tuple.getSourceStreamId())) {
        note(tuple.getStringByField("epl"), tuple.getValueByField("partition"), tuple.getValueByField("since"));
      } else {
        String date = tuple.getStringByField("date");
        days.computeIfAbsent(date.substring(0, 8), day -> new ArrayList<>(List.of(Integer.toString(keepSeconds))))
            .add(tuple.getStringByField("car") + "-" + date);
      }
    }
    days.forEach((day, arguments) -> jedis.eval(ADD, List.of(day), arguments));
    // A master that goes away takes with it what no replica has yet; whoever is told so sends it again.
    if (replicas > 0 && jedis.waitReplicas(replicas, TIMEOUT_MS) < replicas) {
      throw new JedisException("Fewer than " + replicas + " replicas have it");
    }
  }

  @Override
  void disconnect() {
    try {
      if (jedis != null) jedis.close();
    } catch (JedisException gone) {
      // That is why.
    }
    jedis = null;
  }

  /** When a topology was submitted, which its id ends with: {@code name-count-epochSeconds}. */
  static long submittedMs(String stormId) {
    return Long.parseLong(stormId.substring(stormId.lastIndexOf('-') + 1)) * 1000L;
  }

  private void note(String epl, Object partition, Object since) {
    jedis.eval(NOTE, List.of(RULES), List.of(submitted, epl, partition.toString(), since.toString()));
  }

  private Jedis connected() throws IOException {
    return new Jedis(master.isEmpty() ? addresses.get(0) : masterNow(), clientConfig(2 * TIMEOUT_MS));
  }

  /** Servers and Sentinels have one password; it is read at each connection, so one that was changed is known to the next. */
  private DefaultJedisClientConfig clientConfig(int answerMs) throws IOException {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder().connectionTimeoutMillis(TIMEOUT_MS).socketTimeoutMillis(answerMs);
    if (!passwordFile.isEmpty()) config.password(Files.readString(Path.of(passwordFile)).strip());
    return config.build();
  }

  private HostAndPort masterNow() throws IOException {
    DefaultJedisClientConfig config = clientConfig(TIMEOUT_MS);
    JedisException last = new JedisException("No Sentinel knows the master " + master);
    for (HostAndPort address : addresses) {
      try (Jedis sentinel = new Jedis(address, config)) {
        List<String> found = sentinel.sentinelGetMasterAddrByName(master);
        if (found != null) return new HostAndPort(found.get(0), Integer.parseInt(found.get(1)));
      } catch (JedisException failure) {
        last = failure;
      }
    }
    throw last;
  }
}
