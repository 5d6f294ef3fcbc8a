package lab.smartcar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.storm.Config;
import org.apache.storm.flux.FluxBuilder;
import org.apache.storm.flux.model.ExecutionContext;
import org.apache.storm.flux.model.TopologyDef;
import org.apache.storm.flux.parser.FluxParser;
import org.apache.storm.generated.StormTopology;
import org.apache.storm.serialization.KryoValuesDeserializer;
import org.apache.storm.serialization.KryoValuesSerializer;
import org.apache.storm.utils.Utils;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final Path FLUX = Path.of("src/main/resources/topology.yaml");

  @Test
  void fluxMakesItWithTheSettingsOfTheReadme() throws Exception {
    TopologyDef definition = definition();
    Config conf = FluxBuilder.buildConfig(definition);
    StormTopology topology = FluxBuilder.buildTopology(new ExecutionContext(definition, conf));
    assertEquals(Set.of("split", "hbase", "esper", "redis", "dead-letter"), topology.get_bolts().keySet());
    assertEquals(Set.of("lines"), topology.get_spouts().keySet());
    assertEquals("smartcar", definition.getName());
    assertEquals(120, conf.get("topology.message.timeout.secs"));
    assertEquals(5000, conf.get("topology.max.spout.pending"));
    assertEquals(
        List.of("topic", "partition", "offset", "key", "value", "timestamp"),
        topology.get_spouts().get("lines").get_common().get_streams().get("default").get_output_fields());
  }

  @Test
  void aReadingGoesFromOneWorkerToAnother() throws Exception {
    Config conf = new Config();
    conf.putAll(Utils.readDefaultConfig());
    conf.putAll(FluxBuilder.buildConfig(definition()));
    Reading reading = Readings.at("20260101090000", "O0010", "80.01");
    List<Object> values = List.of(3, 17L, reading);
    byte[] sent = new KryoValuesSerializer(conf).serialize(values);
    assertEquals(values, new KryoValuesDeserializer(conf).deserialize(sent));
  }

  @Test
  void everySettingOfTheFluxFileIsInTheReadme() throws Exception {
    Set<String> used = new TreeSet<>();
    Matcher setting = Pattern.compile("\\$\\{(\\w+)}").matcher(Files.readString(FLUX));
    while (setting.find()) used.add(setting.group(1));
    Set<String> listed = new TreeSet<>();
    Matcher row = Pattern.compile("^\\| `(\\w+)` \\|", Pattern.MULTILINE).matcher(Files.readString(Path.of("README.md")));
    while (row.find()) listed.add(row.group(1));
    assertFalse(used.isEmpty());
    assertEquals(used, listed);
  }

  private static TopologyDef definition() throws Exception {
    Properties settings = new Properties();
    settings.load(TopologyTest.class.getResourceAsStream("/settings.properties"));
    return FluxParser.parseFile(FLUX.toString(), false, true, settings, false);
  }
}
