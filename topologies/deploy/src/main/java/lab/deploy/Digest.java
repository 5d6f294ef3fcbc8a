package lab.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** What tells one version of a topology from another: its jar, wiring, settings and files. */
final class Digest {
  private Digest() {}

  /** Digest of a topology, the same for the same content whenever and wherever it was built. */
  static String of(Declared.Topology topology) throws IOException {
    StringBuilder content = new StringBuilder();
    content.append(Files.readString(topology.flux())).append('\0');
    topology.settings().forEach((key, value) -> content.append(key).append('=').append(value).append('\0'));
    topology.files().forEach((name, text) -> content.append(name).append('\0').append(text).append('\0'));
    content.append(entries(topology.jar()));
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Names and checksums of a jar's files: a jar built anew differs in its times alone. */
  private static String entries(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      StringBuilder text = new StringBuilder();
      zip.stream()
          .filter(entry -> !entry.isDirectory())
          .map(entry -> entry.getName() + ' ' + checksum(entry))
          .sorted()
          .forEach(line -> text.append(line).append('\n'));
      return text.toString();
    }
  }

  private static String checksum(ZipEntry entry) {
    return Long.toHexString(entry.getCrc()) + ' ' + entry.getSize();
  }
}
