package lab.smartcar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DriverLineTest {
  private record Vector(String line, String reason) {}

  @Test
  void everyVectorIsAReadingOrSaysWhyItIsNone() throws IOException {
    Vector[] vectors = vectors();
    assertTrue(vectors.length > 25);
    for (Vector vector : vectors) {
      DriverLine parsed = DriverLine.parse(vector.line);
      assertEquals(vector.reason, parsed.reason(), vector.line);
      assertEquals(vector.reason == null, parsed.reading() != null, vector.line);
    }
  }

  @Test
  void aReadingHasTheLinesTextsAndItsTimeInSeoul() {
    assertEquals(
        new Reading("20160624022020", "O0010", "4", "0", "R2", "N", "35.10", "D07", 1_466_702_420_000L),
        DriverLine.parse("20160624022020,O0010,4,0,R2,N,35.10,D07,xxxx").reading());
  }

  @Test
  void aReadingMayBeTenMinutesAheadOfItsRecord() {
    byte[] line = "20260101123000,O0010,3,0,F,N,85,A01".getBytes(UTF_8);
    long time = Reading.timeOf("20260101123000");
    for (long recordTime : new long[] {time - 600_000, time, time + 86_400_000L * 365, -1}) {
      assertEquals(DriverLine.parse(new String(line, UTF_8)), DriverLine.of(line, recordTime));
    }
    assertEquals(new DriverLine(null, "too-far-ahead"), DriverLine.of(line, time - 600_001));
    byte[] never = "99991231235959,O0010,3,0,F,N,85,A01".getBytes(UTF_8);
    assertEquals(new DriverLine(null, "too-far-ahead"), DriverLine.of(never, time));
  }

  @Test
  void aRecordWithoutAReadingSaysWhatItIs() {
    assertEquals(new DriverLine(null, "tombstone"), DriverLine.of(null, 0));
    assertEquals(new DriverLine(null, "bad-speed"), DriverLine.of("20260101123000,O0010,3,0,F,N,fast,A01".getBytes(UTF_8), 0));
  }

  @Test
  void aRowsKeyIsItsDateBackwardsAndItsCar() {
    assertEquals("02022042606102-O0010", Readings.at("20160624022020", "O0010", "1").rowKey());
  }

  @Test
  void aDateOfATimeIsInSeoul() {
    assertEquals("20260102000000", Reading.dateOf(Reading.timeOf("20260102000000")));
    assertEquals("20260101235959", Reading.dateOf(Reading.timeOf("20260102000000") - 1));
  }

  private static Vector[] vectors() throws IOException {
    try (Reader file =
        new InputStreamReader(
            Objects.requireNonNull(DriverLineTest.class.getResourceAsStream("/driver-log-vectors.json")), UTF_8)) {
      return new Gson().fromJson(file, Vector[].class);
    }
  }
}
