package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class KafkaReadingLogTest {
  private static final TopicPartition AT = new TopicPartition("SmartCar-Topic", 2);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
  private final KafkaReadingLog log = new KafkaReadingLog(AT.topic(), () -> consumer);

  /** Holds a reading a second from an offset on. */
  private void holds(long from, long to) {
    consumer.updateBeginningOffsets(Map.of(AT, from));
    consumer.updateEndOffsets(Map.of(AT, to));
    consumer.schedulePollTask(
        () -> {
          for (long offset = from; offset < to; offset++) add(offset, "20260101123000", Readings.LATE);
        });
  }

  private void add(long offset, String date, long recordTime) {
    byte[] line = (date + ",O0010,3,0,F,N,85,A01").getBytes(UTF_8);
    consumer.addRecord(
        new ConsumerRecord<>(
            AT.topic(), AT.partition(), offset, recordTime, TimestampType.CREATE_TIME, 0, line.length, null, line,
            new RecordHeaders(), Optional.empty()));
  }

  private List<Long> read(long from, long to) throws Exception {
    List<Long> offsets = new ArrayList<>();
    log.read(AT.partition(), from, to, (offset, reading) -> offsets.add(offset));
    return offsets;
  }

  @Test
  void itGivesWhatIsAskedFor() throws Exception {
    holds(10, 20);
    assertEquals(List.of(12L, 13L, 14L), read(12, 15));
  }

  @Test
  void aReadingFarAheadOfItsRecordIsNone() throws Exception {
    consumer.updateBeginningOffsets(Map.of(AT, 0L));
    consumer.updateEndOffsets(Map.of(AT, 3L));
    consumer.schedulePollTask(
        () -> {
          add(0, "20991231235959", Readings.LATE);
          add(1, "20260101123000", Readings.LATE);
          add(2, "20260101123000", Reading.timeOf("20260101121959"));
        });
    assertEquals(List.of(1L), read(0, 3));
  }

  @Test
  void whatRetentionHasRemovedIsLeftOut() throws Exception {
    holds(10, 20);
    assertEquals(List.of(10L, 11L), read(5, 12));
  }

  @Test
  void nothingIsGivenOfARangeThatIsAllGone() throws Exception {
    holds(10, 20);
    assertEquals(List.of(), read(5, 8));
  }

  @Test
  void anOffsetAfterTheEndIsNotTakenForOneThatIsGone() {
    holds(10, 20);
    consumer.schedulePollTask(() -> consumer.setPollException(new OffsetOutOfRangeException(Map.of(AT, 25L))));
    assertThrows(OffsetOutOfRangeException.class, () -> read(25, 26));
  }
}
