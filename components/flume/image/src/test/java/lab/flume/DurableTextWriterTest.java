package lab.flume;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flume.event.EventBuilder;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

class DurableTextWriterTest {
  private final List<Path> unfinished = new ArrayList<>();
  private final Stored stored = Stored.below("test " + System.nanoTime());
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<String> renamed = new ArrayList<>();
  private boolean failing;
  private boolean refusing;
  private final DurableTextWriter writer = new DurableTextWriter(new Files(), stored, unfinished::add);

  /** A NameNode that renames nothing while {@code refusing} is set. */
  private final class Files implements DurableTextWriter.Files {
    @Override
    public FSDataOutputStream create(Path path) throws IOException {
      return new Stream();
    }

    @Override
    public boolean rename(Path from, Path to) {
      if (!refusing) renamed.add(from + " " + to);
      return !refusing;
    }
  }

  /** A file of HDFS whose DataNode dies when {@code failing} is set. */
  private final class Stream extends FSDataOutputStream {
    Stream() throws IOException {
      super(bytes, null);
    }

    @Override
    public void hsync() throws IOException {
      if (failing) throw new IOException("All datanodes are bad");
    }

    @Override
    public void close() throws IOException {
      hsync();
    }
  }

  private void append(String line) throws IOException {
    writer.append(EventBuilder.withBody(line, StandardCharsets.UTF_8, Map.of("timestamp", "5000")));
  }

  @Test
  void anEventIsALineAndCountsWhenItIsSafe() throws IOException {
    writer.open("/d/a");
    append("one");
    append("");
    assertEquals(0, stored.events());
    writer.sync();
    assertEquals("one\n\n", bytes.toString());
    assertEquals(2, stored.events());
    assertEquals(5000, stored.newestMs());
    assertTrue(renamed.isEmpty());
    writer.close();
    assertEquals(2, stored.events());
    assertEquals(List.of("/d/_a.tmp /d/a"), renamed);
    assertTrue(unfinished.isEmpty());
  }

  @Test
  void aFileThatCannotBeRenamedIsFinishedByOthersAndCostsNoTransaction() throws IOException {
    writer.open("/d/a");
    append("one");
    refusing = true;
    writer.close();
    assertEquals(List.of(new Path("/d/_a.tmp")), unfinished);
    assertDoesNotThrow(() -> writer.open("/d/b"));
    assertEquals(1, stored.events());
  }

  @Test
  void aFileWithoutALineIsNotShown() throws IOException {
    writer.open("/d/a");
    writer.close();
    assertTrue(renamed.isEmpty());
    assertEquals(List.of(new Path("/d/_a.tmp")), unfinished);
  }

  @Test
  void aFileRolledInTheMiddleOfATransactionThatCannotBeClosedTakesTheTransactionBack() throws IOException {
    writer.open("/d/a");
    append("one");
    failing = true;
    assertThrows(IOException.class, writer::sync); // Flume logs this one, and goes on
    writer.close();
    failing = false;
    assertThrows(IOException.class, () -> writer.open("/d/b"));
    assertDoesNotThrow(() -> writer.open("/d/c"));
    assertEquals(List.of(new Path("/d/_a.tmp")), unfinished);
    assertEquals(0, stored.events());
  }

  @Test
  void aTimerThatCannotCloseTakesBackTheTransactionThatIsOnItsWay() throws IOException {
    writer.open("/d/a");
    append("one");
    failing = true;
    writer.close();
    assertThrows(IOException.class, writer::sync);
  }

  @Test
  void whatWasSafeBeforeAFailedCloseIsNotTakenBack() throws IOException {
    writer.open("/d/a");
    append("one");
    writer.sync();
    failing = true;
    writer.close();
    assertDoesNotThrow(() -> writer.open("/d/b"));
    assertEquals(List.of(new Path("/d/_a.tmp")), unfinished);
  }

  @Test
  void aStreamThatFailedOnceIsNotWrittenTo() throws IOException {
    writer.open("/d/a");
    append("one");
    failing = true;
    assertThrows(IOException.class, writer::sync);
    failing = false;
    assertThrows(IOException.class, () -> append("two"));
  }

  @Test
  void aCloseAfterwardsIsWhole() throws IOException {
    writer.open("/d/a");
    append("one");
    writer.close();
    assertDoesNotThrow(writer::sync);
    assertEquals(1, stored.events());
  }

  @Test
  void aCallThatWasCalledOffDoesNothing() {
    Thread.currentThread().interrupt();
    try {
      assertThrows(IOException.class, () -> writer.open("/d/a"));
    } finally {
      assertTrue(Thread.interrupted());
    }
  }
}
