package lab.flume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventTextTest {
  private static String day(String json) {
    return EventText.dayOf(json.getBytes(StandardCharsets.UTF_8), "time");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{\"hello\":\"ssm-seoul\",\"id\":3,\"time\":\"2024-02-29 23:59:59\"}",
    " { \"time\" : \"2024-02-29 00:00:00\" , \"id\" : 3 } ",
    "\r\n{\n\"time\":\n\"2024-02-29 12:00:00\"}",
    "{\"hello\":\"time\",\"time\":\"2024-02-29 12:00:00\"}",
    "{\"hello\":\"\\\"time\\\":\\\"2023-01-01 00:00:00\\\"\",\"time\":\"2024-02-29 12:00:00\"}",
    "{\"hello\":{\"time\":\"2023-01-01 00:00:00\"},\"time\":\"2024-02-29 12:00:00\"}",
    "{\"time\":\"2024-02-29 12:00:00\",\"hello\":[{\"time\":\"2023-01-01 00:00:00\"}]}",
    "{\"time\":\"2023-01-01 00:00:00\",\"time\":\"2024-02-29 12:00:00\"}",
    "{\"t\\u0069me\":\"2024\\u002d02-29 12:00:00\"}",
    "{\"hello\":\"한국어 \\\\\",\"time\":\"2024-02-29 12:00:00\"}",
    "{\"time\":\"2024-02-29 12:00:00\"} behind",
  })
  void theLastTimeAtTheTopCounts(String json) {
    assertEquals("2024-02-29", day(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "{", "null", "3", "\"time\"", "not JSON", "{}", "{\"id\":3}", "{\"time\":null}", "{\"time\":3}",
    "[{\"time\":\"2024-02-29 12:00:00\"}]",
    "{\"time\":\"2024-02-29 12:00:00\"",
    "{\"time\":\"2024-02-29 12:00:00",
    "{\"time\":\"2024-02-29 12:00:00\",\"time\":3}",
    "{\"time\":\"2023-02-29 12:00:00\"}",
    "{\"time\":\"2024-02-30 12:00:00\"}",
    "{\"time\":\"2024-02-29 24:00:00\"}",
    "{\"time\":\"2024-02-29 12:60:00\"}",
    "{\"time\":\"2024-2-29 12:00:00\"}",
    "{\"time\":\"2024-02-29T12:00:00\"}",
    "{\"time\":\"2024-02-29 12:00\"}",
    "{\"time\":\"0000-02-29 12:00:00\"}",
    "{\"time\":\"+024-02-29 12:00:00\"}",
    "{\"time\":\"2024-02-29 12:00:00Z\"}",
    "{\"time\":\"../../../../../etc/x\"}",
    "{\"time\":\"2024-02-29 12:00:00\\",
    "{\"time\":\"\\uzzzz\"}",
  })
  void anythingElseHasNoDay(String json) {
    assertNull(day(json));
  }

  @Test
  void aNameThatGoesOnForEverIsPassedOver() {
    assertEquals("2024-02-29", day("{\"" + "\\\\".repeat(1 << 20) + "\":1,\"time\":\"2024-02-29 12:00:00\"}"));
  }

  @Test
  void lineBreaksBecomeTabs() {
    byte[] text = "{\r\n\"a\":\n\"한\"}\n".getBytes(StandardCharsets.UTF_8);
    EventText.toOneLine(text);
    assertEquals("{\t\t\"a\":\t\"한\"}\t", new String(text, StandardCharsets.UTF_8));
  }
}
