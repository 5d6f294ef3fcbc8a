package lab.smartcar;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.storm.Constants;
import org.apache.storm.task.IOutputCollector;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.tuple.Tuple;

/** Tuples, and a collector that writes down what is done with them. */
final class FakeTuples {
  final List<String> done = new ArrayList<>();

  final OutputCollector collector =
      new OutputCollector(
          new IOutputCollector() {
            @Override
            public List<Integer> emit(String stream, Collection<Tuple> anchors, List<Object> values) {
              done.add("emit " + stream + " " + printed(values) + " for " + anchors.iterator().next().getMessageId());
              return List.of();
            }

            @Override
            public void emitDirect(int task, String stream, Collection<Tuple> anchors, List<Object> values) {
              throw new UnsupportedOperationException();
            }

            @Override
            public void ack(Tuple tuple) {
              done.add("ack " + tuple.getMessageId());
            }

            @Override
            public void fail(Tuple tuple) {
              done.add("fail " + tuple.getMessageId());
            }

            @Override
            public void resetTimeout(Tuple tuple) {}

            @Override
            public void flush() {}

            @Override
            public void reportError(Throwable error) {
              done.add("error " + error.getMessage());
            }
          });

  private FakeTuples() {}

  static FakeTuples make() {
    return new FakeTuples();
  }

  static Tuple tick() {
    return tuple(Constants.SYSTEM_COMPONENT_ID, Constants.SYSTEM_TICK_STREAM_ID, 0, Map.of());
  }

  static Tuple tuple(String stream, int id, Map<String, Object> fields) {
    return tuple("lines", stream, id, fields);
  }

  private static Tuple tuple(String component, String stream, int id, Map<String, Object> fields) {
    org.apache.storm.tuple.MessageId messageId = org.apache.storm.tuple.MessageId.makeId(Map.of((long) id, 0L));
    return (Tuple)
        Proxy.newProxyInstance(
            FakeTuples.class.getClassLoader(),
            new Class<?>[] {Tuple.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getSourceComponent" -> component;
                  case "getSourceStreamId" -> stream;
                  case "getMessageId" -> messageId;
                  case "hashCode" -> id;
                  case "equals" -> proxy == arguments[0];
                  case "toString" -> "tuple " + id;
                  default -> fields.get((String) arguments[0]); // get…ByField
                });
  }

  private static String printed(List<Object> values) {
    List<String> texts = new ArrayList<>();
    for (Object value : values) {
      if (value instanceof byte[] bytes) texts.add(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
      else texts.add(value instanceof Reading reading ? reading.rowKey() : String.valueOf(value));
    }
    return texts.toString();
  }
}
