package lab.smartcar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final Path FLUX = Path.of("src/main/resources/topology.yaml");

  @Test
  void fluxMakesItWithTheSettingsOfTheReadme() throws Exception {
    Properties settings = new Properties();
    settings.load(getClass().getResourceAsStream("/settings.properties"));
    TopologyDef definition = FluxParser.parseFile(FLUX.toString(), false, true, settings, false);
    Config conf = FluxBuilder.buildConfig(definition);
    StormTopology topology = FluxBuilder.buildTopology(new ExecutionContext(definition, conf));
    assertEquals(Set.of("split", "hbase", "esper", "redis", "dead-letter"), topology.get_bolts().keySet());
    assertEquals(Set.of("lines"), topology.get_spouts().keySet());
    assertEquals("smartcar", definition.getName());
    assertEquals(300, conf.get("topology.message.timeout.secs"));
    assertEquals(5000, conf.get("topology.max.spout.pending"));
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
}
