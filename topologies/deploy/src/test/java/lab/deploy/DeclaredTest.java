package lab.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeclaredTest {
  @TempDir Path directory;

  private Declared read(String topologies) throws IOException {
    Path file = directory.resolve("topologies.json");
    Files.writeString(file, "{\"waitSeconds\": 60, \"killSeconds\": 5, \"topologies\": " + topologies + "}");
    return Declared.read(file);
  }

  @Test
  void everythingSaidIsRead() throws IOException {
    Declared declared = read(
        "[{\"name\": \"cars\", \"flux\": \"/a.yaml\", \"jar\": \"/a.jar\", \"settings\": {\"window\": 30},"
            + "\"files\": {\"rule.epl\": \"select *\\nfrom Reading\"}, \"check\": \"lab.Check\"}]");
    assertEquals(60, declared.waitSeconds());
    assertEquals(
        new Declared.Topology(
            "cars", Path.of("/a.yaml"), Path.of("/a.jar"), Map.of("window", "30"),
            Map.of("rule.epl", "select *\nfrom Reading"), "lab.Check"),
        declared.topologies().get(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{}",
    "[{\"name\": \"cars\", \"flux\": \"/a.yaml\"}]",
    "[{\"name\": \"cars\", \"flux\": \"/a.yaml\", \"jar\": \"/a.jar\", \"setting\": {}}]",
    "[{\"name\": \"c\", \"flux\": \"/a\", \"jar\": \"/a\"}, {\"name\": \"c\", \"flux\": \"/b\", \"jar\": \"/b\"}]",
    "[",
  })
  void whatCannotWorkIsRefused(String topologies) {
    assertThrows(IllegalArgumentException.class, () -> read(topologies));
  }

  @Test
  void theDigestIsOfTheContentAndNotOfItsTimes() throws IOException {
    Path flux = Files.writeString(directory.resolve("a.yaml"), "name: cars");
    String first = digest(flux, jar("one.jar", 1_000_000_000_000L, "x"), "80");
    assertEquals(first, digest(flux, jar("two.jar", 2_000_000_000_000L, "x"), "80"));
    assertNotEquals(first, digest(flux, jar("three.jar", 1_000_000_000_000L, "y"), "80"));
    assertNotEquals(first, digest(flux, jar("one.jar", 1_000_000_000_000L, "x"), "100"));
  }

  private static String digest(Path flux, Path jar, String rule) throws IOException {
    return Digest.of(new Declared.Topology("cars", flux, jar, Map.of(), Map.of("rule.epl", rule), null));
  }

  private Path jar(String name, long time, String content) throws IOException {
    Path file = directory.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      ZipEntry entry = new ZipEntry("lab/A.class");
      entry.setTime(time);
      zip.putNextEntry(entry);
      zip.write(content.getBytes());
    }
    return file;
  }
}
