package lab.flume;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** What the process counts, gathered from Flume's and Kafka's MBeans at one moment. */
final class Metrics {
  private static final MBeanServer MBEANS = ManagementFactory.getPlatformMBeanServer();

  /** Flume's counters by component ({@code SINK.hdfs}) and attribute ({@code EventDrainSuccessCount}). */
  final Map<String, Map<String, Double>> components = new TreeMap<>();
  /** Kafka's, with the words the other jobs of the platform use. */
  final List<Sample> kafka = new ArrayList<>();

  /** One line of Prometheus' text format; {@code labels} as they stand between the braces. */
  record Sample(String name, String labels, double value) {
    @Override
    public String toString() {
      return name + "{" + labels + "} " + (value == Math.rint(value) ? String.format("%.0f", value) : Double.toString(value));
    }
  }

  /** Reads all of it; a bean that goes away meanwhile is left out. */
  static Metrics now() {
    Metrics metrics = new Metrics();
    metrics.readFlume();
    metrics.readKafka("kafka.consumer:type=consumer-fetch-manager-metrics,*", "records-consumed-total", "lab_records_in_total");
    metrics.readKafka("kafka.consumer:type=consumer-fetch-manager-metrics,*", "records-lag", "lab_consumer_lag");
    metrics.readKafka("kafka.producer:type=producer-topic-metrics,*", "record-send-total", "lab_records_out_total");
    return metrics;
  }

  /** Sum of one attribute over all components of a type ({@code SINK}). */
  double sum(String type, String attribute) {
    return components.entrySet().stream()
        .filter(component -> component.getKey().startsWith(type + "."))
        .mapToDouble(component -> component.getValue().getOrDefault(attribute, 0.0))
        .sum();
  }

  /** Sum of one of Kafka's, over all its topics and partitions. */
  double sum(String name) {
    return kafka.stream().filter(sample -> sample.name().equals(name)).mapToDouble(Sample::value).sum();
  }

  /** All of it in Prometheus' text format. */
  String text(Map<String, Stored> stored) {
    StringBuilder text = new StringBuilder();
    components.forEach((component, attributes) -> {
      int dot = component.indexOf('.');
      String type = component.substring(0, dot).toLowerCase(Locale.ROOT);
      String labels = "type=\"" + type + "\",component=\"" + component.substring(dot + 1) + "\"";
      attributes.forEach((name, value) -> text.append(new Sample("flume_" + snake(name), labels, value)).append('\n'));
    });
    kafka.forEach(sample -> text.append(sample).append('\n'));
    stored.forEach((directory, safe) -> {
      String labels = "directory=\"" + directory + "\"";
      text.append(new Sample("lab_events_stored_total", labels, safe.events())).append('\n');
      if (safe.newestMs() == 0) return;
      text.append(new Sample("lab_newest_event_timestamp_seconds", labels, safe.newestMs() / 1000.0)).append('\n');
    });
    return text.toString();
  }

  private void readFlume() {
    for (ObjectName bean : MBEANS.queryNames(null, null)) {
      if (!bean.getDomain().startsWith("org.apache.flume")) continue;
      try {
        String type = String.valueOf(MBEANS.getAttribute(bean, "Type"));
        Map<String, Double> values = new TreeMap<>();
        for (var attribute : MBEANS.getMBeanInfo(bean).getAttributes()) {
          if (MBEANS.getAttribute(bean, attribute.getName()) instanceof Number number) {
            values.put(attribute.getName(), number.doubleValue());
          }
        }
        components.put(type + "." + bean.getKeyProperty("type"), values);
      } catch (JMException gone) {
        // stopped between the two questions
      }
    }
  }

  private void readKafka(String pattern, String attribute, String name) {
    try {
      for (ObjectName bean : MBEANS.queryNames(new ObjectName(pattern), null)) {
        if (bean.getKeyProperty("topic") == null) continue; // sums of the client
        boolean ofPartition = bean.getKeyProperty("partition") != null;
        if (ofPartition != attribute.equals("records-lag")) continue;
        if (!(MBEANS.getAttribute(bean, attribute) instanceof Number number)) continue;
        if (Double.isNaN(number.doubleValue())) continue; // nothing fetched yet
        String labels = "topic=\"" + bean.getKeyProperty("topic") + "\"";
        if (ofPartition) labels += ",partition=\"" + bean.getKeyProperty("partition") + "\"";
        kafka.add(new Sample(name, labels, number.doubleValue()));
      }
    } catch (JMException gone) {
      // a client that has no such metric, or is closing
    }
  }

  /** {@code EventDrainSuccessCount} as {@code event_drain_success_count}. */
  private static String snake(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }
}
