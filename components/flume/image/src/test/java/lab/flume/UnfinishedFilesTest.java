package lab.flume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedFilesTest {
  @TempDir Path root;
  private final UnfinishedFiles files = new UnfinishedFiles();

  private org.apache.hadoop.fs.Path hadoop(String name) {
    return new org.apache.hadoop.fs.Path("file://" + root.resolve(name));
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(root.resolve(name).getParent());
    Files.writeString(root.resolve(name), text);
  }

  /** Files and their texts, once they are as expected; Hadoop's checksums beside them do not count. */
  private void expect(Map<String, String> expected) throws Exception {
    for (int attempt = 0; attempt < 1200 && !found().equals(expected); attempt++) Thread.sleep(50);
    assertEquals(expected, found());
  }

  /** What is there; where a file moves meanwhile, that, and the caller looks again. */
  private Map<String, String> found() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (var all = Files.walk(root)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        String name = root.relativize(file).toString();
        if (!name.endsWith(".crc")) found.put(name, Files.readString(file));
      }
    } catch (NoSuchFileException | UncheckedIOException moved) {
      return Map.of("moving", moved.toString());
    }
    return found;
  }

  @AfterEach
  void stop() {
    files.stop();
  }

  @Test
  void whatEarlierRunsLeftIsFinished() throws Exception {
    write("dt=1/_events.host.1.7.json.tmp", "a\nb\ntorn");
    write("dt=1/_events.host.1.8.json.tmp", "");
    write("dt=2/_events.host.1.9.json.tmp", "torn");
    write("dt=2/_events.host.2.1.json.tmp", "of this run\n");
    write("dt=2/_events.other.1.1.json.tmp", "of another host\n");
    write("dt=2/events.host.1.6.json", "finished\n");
    files.addEarlier(hadoop(""), "events.host.", "events.host.2");
    files.start();
    expect(Map.of(
        "dt=1/events.host.1.7.json", "a\nb\n",
        "dt=2/_events.host.2.1.json.tmp", "of this run\n",
        "dt=2/_events.other.1.1.json.tmp", "of another host\n",
        "dt=2/events.host.1.6.json", "finished\n"));
  }

  @Test
  void aNameThatIsTakenIsLeftAlone() throws Exception {
    write("dt=1/events.host.1.7.json", "first\n");
    write("dt=1/_events.host.1.7.json.tmp", "second\n");
    write("dt=1/_events.host.1.8.json.tmp", "third\n");
    files.add(hadoop("dt=1/_events.host.1.7.json.tmp"));
    files.add(hadoop("dt=1/_events.host.1.8.json.tmp"));
    files.start();
    expect(Map.of(
        "dt=1/_events.host.1.7.json.tmp", "second\n",
        "dt=1/events.host.1.7.json", "first\n",
        "dt=1/events.host.1.8.json", "third\n"));
  }

  @Test
  void nothingToDoIsNothingDone() throws Exception {
    files.addEarlier(hadoop("absent"), "events.host.", "events.host.2");
    files.add(hadoop("_gone.tmp"));
    files.start();
    expect(Map.of());
  }

  @Test
  void theLastLineIsFoundHoweverLongTheTornOneIs() throws IOException {
    write("long", "a\n" + "x".repeat(200_000));
    FileSystem fs = hadoop("long").getFileSystem(new Configuration());
    assertEquals(2, UnfinishedFiles.endOfLastLine(fs, hadoop("long"), 200_002));
    assertEquals(0, UnfinishedFiles.endOfLastLine(fs, hadoop("long"), 1));
    assertTrue(Files.exists(root.resolve("long")));
  }
}
