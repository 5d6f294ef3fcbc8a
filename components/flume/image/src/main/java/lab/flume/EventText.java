package lab.flume;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;

/** What the collector has to know about the JSON text of an event; it decides where the text goes, not whether it is valid. */
final class EventText {
  private static final DateTimeFormatter EVENT_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);
  private static final int TIME_LENGTH = "2026-11-21 12:00:00".length();
  /** Letters of a name or a time of which each is written as {@code \\u0000}. */
  private static final int LONGEST_ESCAPED = 6 * 64;

  private EventText() {}

  /**
   * Day ({@code YYYY-MM-DD}) of the last top-level field of that name, or null when there is none, or it is anything else than
   * a {@code YYYY-MM-DD HH:MM:SS} that the calendar has.
   */
  static String dayOf(byte[] json, String field) {
    int at = skipSpace(json, 0);
    if (at == json.length || json[at] != '{') return null;
    String day = null;
    int depth = 0;
    for (; at < json.length; at++) {
      switch (json[at]) {
        case '{', '[' -> depth++;
        case '}', ']' -> {
          if (--depth == 0) return day;
        }
        case '"' -> {
          int end = endOfString(json, at);
          int next = skipSpace(json, end + 1);
          boolean isName = depth == 1 && next < json.length && json[next] == ':';
          if (isName && field.equals(unescaped(json, at + 1, end))) {
            int value = skipSpace(json, next + 1);
            boolean isText = value < json.length && json[value] == '"';
            day = isText ? dayOfTime(unescaped(json, value + 1, endOfString(json, value))) : null;
          }
          at = end;
        }
        default -> { }
      }
    }
    return null; // cut off
  }

  /**
   * Makes one line of a text: line breaks become tabs. Between the parts of JSON both are space; within a string JSON allows
   * neither, so that what was not JSON does not become JSON.
   */
  static void toOneLine(byte[] text) {
    for (int at = 0; at < text.length; at++) {
      if (text[at] == '\n' || text[at] == '\r') text[at] = '\t';
    }
  }

  private static String dayOfTime(String time) {
    if (time == null || time.length() != TIME_LENGTH || time.startsWith("0000")) return null;
    try {
      LocalDateTime.parse(time, EVENT_TIME);
      return time.substring(0, "2026-11-21".length());
    } catch (DateTimeParseException notATime) {
      return null;
    }
  }

  private static int skipSpace(byte[] json, int from) {
    int at = from;
    while (at < json.length && (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) at++;
    return at;
  }

  /** Index of the quote that ends the string beginning at {@code quote}, or the text's length. */
  private static int endOfString(byte[] json, int quote) {
    int at = quote + 1;
    while (at < json.length && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return Math.min(at, json.length);
  }

  /** A string's content without its escapes; null when it is too long to be of interest, or its escapes are none. */
  private static String unescaped(byte[] json, int from, int to) {
    if (to - from > LONGEST_ESCAPED || from > to) return null;
    String text = new String(json, from, to - from, StandardCharsets.UTF_8);
    if (text.indexOf('\\') < 0) return text;
    StringBuilder plain = new StringBuilder(text.length());
    for (int at = 0; at < text.length(); at++) {
      char letter = text.charAt(at);
      if (letter != '\\') {
        plain.append(letter);
        continue;
      }
      if (++at == text.length()) return null;
      switch (text.charAt(at)) {
        case '"', '\\', '/' -> plain.append(text.charAt(at));
        case 'u' -> {
          if (at + 4 >= text.length()) return null;
          try {
            plain.append((char) Integer.parseInt(text, at + 1, at + 5, 16));
          } catch (NumberFormatException noNumber) {
            return null;
          }
          at += 4;
        }
        default -> plain.append(' '); // a control character, which neither the name nor a time has
      }
    }
    return plain.toString();
  }
}
