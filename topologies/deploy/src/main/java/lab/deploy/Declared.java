package lab.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.storm.shade.org.yaml.snakeyaml.LoaderOptions;
import org.apache.storm.shade.org.yaml.snakeyaml.Yaml;
import org.apache.storm.shade.org.yaml.snakeyaml.constructor.SafeConstructor;
import org.apache.storm.shade.org.yaml.snakeyaml.error.YAMLException;

/**
 * What {@code topologies.json} declares: {@code waitSeconds}, {@code killSeconds} and {@code topologies}.
 *
 * @param waitSeconds how long Nimbus may take to come up, a killed topology to be gone, and a new one to run
 * @param killSeconds what a topology that is replaced gets to finish what is in flight
 */
record Declared(int waitSeconds, int killSeconds, List<Topology> topologies) {
  /**
   * One topology.
   *
   * @param flux its Flux file
   * @param jar the jar that workers get
   * @param settings what {@code ${name}} in the Flux file stands for
   * @param files texts that the topology finds in its conf, as {@code lab.file.<name>}
   * @param check class of the jar, a {@code Consumer<Map<String, Object>>}, that throws when the topology cannot run with the
   *     conf it is given; null for none
   */
  record Topology(
      String name, Path flux, Path jar, Map<String, String> settings, Map<String, String> files, String check) {}

  private static final Set<String> KEYS = Set.of("waitSeconds", "killSeconds", "topologies");
  private static final Set<String> TOPOLOGY_KEYS = Set.of("name", "flux", "jar", "settings", "files", "check");

  /** Reads {@code topologies.json}. */
  static Declared read(Path file) throws IOException {
    Object root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file)); // JSON is YAML
    } catch (YAMLException failure) {
      throw new IllegalArgumentException(file + " is not JSON: " + failure.getMessage(), failure);
    }
    Map<String, Object> map = object(root, file.toString(), KEYS);
    List<Topology> topologies = new ArrayList<>();
    Set<String> names = new HashSet<>();
    if (!(map.get("topologies") instanceof List<?> list)) throw wrong("topologies must be a list");
    for (Object each : list) {
      Topology topology = topology(object(each, "topologies", TOPOLOGY_KEYS));
      if (!names.add(topology.name())) throw wrong("two topologies are called " + topology.name());
      topologies.add(topology);
    }
    return new Declared(seconds(map, "waitSeconds"), seconds(map, "killSeconds"), List.copyOf(topologies));
  }

  private static Topology topology(Map<String, Object> map) {
    String name = text(map, "name");
    return new Topology(
        name,
        Path.of(text(map, "flux")),
        Path.of(text(map, "jar")),
        texts(map, "settings"),
        texts(map, "files"),
        map.get("check") == null ? null : text(map, "check"));
  }

  private static Map<String, String> texts(Map<String, Object> map, String key) {
    Map<String, String> texts = new TreeMap<>();
    object(map.getOrDefault(key, Map.of()), key, null).forEach((name, value) -> texts.put(name, String.valueOf(value)));
    return texts;
  }

  private static Map<String, Object> object(Object value, String where, Set<String> known) {
    if (!(value instanceof Map<?, ?> map)) throw wrong(where + " must be an object");
    Map<String, Object> typed = new TreeMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if (known != null && !known.contains(key)) throw wrong(where + ": unknown key " + key);
      typed.put(key, entry.getValue());
    }
    return typed;
  }

  private static String text(Map<String, Object> map, String key) {
    if (map.get(key) instanceof String text && !text.isBlank()) return text;
    throw wrong(key + " must be a text, got " + map.get(key));
  }

  private static int seconds(Map<String, Object> map, String key) {
    if (map.get(key) instanceof Integer number && number >= 0) return number;
    throw wrong(key + " must be a whole number from 0, got " + map.get(key));
  }

  private static IllegalArgumentException wrong(String message) {
    return new IllegalArgumentException(message);
  }
}
