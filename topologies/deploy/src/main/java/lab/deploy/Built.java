package lab.deploy;

import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.storm.Config;
import org.apache.storm.flux.FluxBuilder;
import org.apache.storm.flux.model.ExecutionContext;
import org.apache.storm.flux.model.TopologyDef;
import org.apache.storm.flux.parser.FluxParser;
import org.apache.storm.generated.StormTopology;

/**
 * A topology made from its Flux file, ready to be submitted.
 *
 * @param conf Flux's config, the files, and the mark by which a later run knows it
 */
record Built(Declared.Topology declared, String digest, Config conf, StormTopology topology) {
  /** Key in a topology's conf: the digest it was submitted with, which also says that it is ours. */
  static final String DIGEST_KEY = "lab.digest";

  private static final String FILE_PREFIX = "lab.file.";

  /**
   * Builds and checks.
   *
   * @throws IllegalArgumentException when it cannot run, in one line
   */
  static Built of(Declared.Topology declared) throws Exception {
    String digest = Digest.of(declared);
    Properties properties = new Properties();
    properties.putAll(declared.settings());
    TopologyDef definition = FluxParser.parseFile(declared.flux().toString(), false, true, properties, false);
    Config conf = FluxBuilder.buildConfig(definition);
    declared.files().forEach((name, text) -> conf.put(FILE_PREFIX + name, text));
    conf.put(DIGEST_KEY, digest);
    check(declared, conf);
    StormTopology topology = FluxBuilder.buildTopology(new ExecutionContext(definition, conf));
    return new Built(declared, digest, conf, topology);
  }

  @SuppressWarnings("unchecked")
  private static void check(Declared.Topology declared, Map<String, Object> conf) throws ReflectiveOperationException {
    if (declared.check() == null) return;
    Object check;
    try {
      check = Class.forName(declared.check()).getDeclaredConstructor().newInstance();
    } catch (ClassNotFoundException | InvocationTargetException failure) {
      throw new IllegalArgumentException(declared.name() + ": its check " + declared.check() + " cannot be made", failure);
    }
    ((Consumer<Map<String, Object>>) check).accept(conf);
  }
}
