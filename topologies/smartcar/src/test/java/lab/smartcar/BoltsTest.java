package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hbase.Cell;
import org.apache.hadoop.hbase.CellUtil;
import org.apache.hadoop.hbase.client.Put;
import org.apache.storm.tuple.Tuple;
import org.junit.jupiter.api.Test;

class BoltsTest {
  private static final class FakeStore extends BatchBolt {
    final List<Integer> written = new ArrayList<>();
    int failures;
    int disconnected;

    FakeStore(int failures) {
      super(3);
      this.failures = failures;
    }

    @Override
    void write(List<Tuple> batch) throws Exception {
      if (failures-- > 0) throw new java.io.IOException("away");
      written.add(batch.size());
    }

    @Override
    void disconnect() {
      disconnected++;
    }
  }

  private final FakeTuples tuples = FakeTuples.make();

  @Test
  void aBatchIsAckedOnceItIsWritten() {
    FakeStore store = new FakeStore(0);
    store.prepare(Map.of(), null, tuples.collector);
    store.execute(tuple(1));
    store.execute(tuple(2));
    assertEquals(List.of(), tuples.done);
    store.execute(tuple(3));
    assertEquals(List.of(3), store.written);
    assertEquals(3, tuples.done.size());
    assertTrue(tuples.done.stream().allMatch(done -> done.startsWith("ack")));
  }

  @Test
  void aTickWritesWhatIsThere() {
    FakeStore store = new FakeStore(0);
    store.prepare(Map.of(), null, tuples.collector);
    store.execute(FakeTuples.tick());
    store.execute(tuple(1));
    store.execute(FakeTuples.tick());
    assertEquals(List.of(1), store.written);
    assertEquals(1, tuples.done.size());
  }

  @Test
  void aStoreThatIsAwayIsWaitedForAndNothingIsFailed() {
    FakeStore store = new FakeStore(2);
    store.prepare(Map.of(), null, tuples.collector);
    store.execute(tuple(1));
    store.execute(FakeTuples.tick());
    assertEquals(List.of(1), store.written);
    assertEquals(2, store.disconnected);
    assertEquals("error away", tuples.done.get(0));
    assertEquals(3, tuples.done.size());
    assertTrue(tuples.done.get(2).startsWith("ack"), tuples.done.toString());
  }

  @Test
  void splitMakesReadingsAndPassesPoisonOnAsItCame() {
    SplitBolt split = new SplitBolt();
    split.prepare(Map.of(), null, tuples.collector);
    split.execute(line(1, "20260101123000,O0010,3,0,F,N,85,A01"));
    split.execute(line(2, "20260101123000,O0010,3,0,F,N,fast,A01"));
    split.execute(line(3, null));
    List<String> done = tuples.done.stream().map(text -> text.replaceAll(" (for )?\\{.*", "")).toList();
    assertEquals(
        List.of(
            "emit readings [2, 1, 00032110106202-O0010]",
            "ack",
            "emit poison [SmartCar-Topic, 2, 2, O0010, 20260101123000,O0010,3,0,F,N,fast,A01, bad-speed]",
            "ack",
            "emit poison [SmartCar-Topic, 2, 3, O0010, null, tombstone]",
            "ack"),
        done);
  }

  @Test
  void aReadingFarAheadOfItsRecordIsPoison() {
    SplitBolt split = new SplitBolt();
    split.prepare(Map.of(), null, tuples.collector);
    String text = "20260101123000,O0010,3,0,F,N,85,A01";
    split.execute(line(1, text, Reading.timeOf("20260101122000")));
    split.execute(line(2, text, Reading.timeOf("20260101122000") - 1));
    assertTrue(tuples.done.get(0).startsWith("emit readings [2, 1, "), tuples.done.toString());
    assertTrue(tuples.done.get(2).startsWith("emit poison [SmartCar-Topic, 2, 2, O0010, " + text + ", too-far-ahead]"));
  }

  @Test
  void aReadingsCellsAreAllOfItsTimeSoThatARepeatWritesTheSame() {
    Reading reading = DriverLine.parse("20160624022020,O0010,4,1,R2,N,35.10,D07").reading();
    Put put = HBaseBolt.put(reading, "cf1".getBytes(UTF_8));
    assertArrayEquals("02022042606102-O0010".getBytes(UTF_8), put.getRow());
    Map<String, String> columns = new HashMap<>();
    for (Cell cell : put.getFamilyCellMap().get("cf1".getBytes(UTF_8))) {
      assertEquals(1_466_702_420_000L, cell.getTimestamp());
      columns.put(new String(CellUtil.cloneQualifier(cell), UTF_8), new String(CellUtil.cloneValue(cell), UTF_8));
    }
    assertEquals(
        Map.of(
            "date", "20160624022020",
            "car_number", "O0010",
            "speed_pedal", "4",
            "break_pedal", "1",
            "steer_angle", "R2",
            "direct_light", "N",
            "speed", "35.10",
            "area_number", "D07"),
        columns);
  }

  @Test
  void aTopologysIdSaysWhenItWasSubmitted() {
    assertEquals(1_763_748_000_000L, RedisBolt.submittedMs("smart-car-3-1763748000"));
  }

  private static Tuple tuple(int id) {
    return FakeTuples.tuple("readings", id, Map.of());
  }

  private static Tuple line(int id, String line) {
    return line(id, line, Readings.LATE);
  }

  private static Tuple line(int id, String line, long recordTime) {
    Map<String, Object> fields = new HashMap<>();
    fields.put("topic", "SmartCar-Topic");
    fields.put("partition", 2);
    fields.put("offset", (long) id);
    fields.put("key", "O0010".getBytes(UTF_8));
    fields.put("value", line == null ? null : line.getBytes(UTF_8));
    fields.put("timestamp", recordTime);
    return FakeTuples.tuple("default", id, fields);
  }
}
