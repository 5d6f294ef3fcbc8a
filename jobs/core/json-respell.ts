import { javaDouble } from "./java-double";
import { isSpace, numberEnd, stringEnd } from "./json-syntax";
import { jsonText } from "./to-json";

const MOST_PIECES = 4_096;

/** A JSON text as Spark copies it: no spaces, strings as `to_json` spells them, numbers as Java writes them. @param raw known to be JSON */
export function respelled(raw: string): string {
  let whole = "";
  let pieces: string[] = [];
  for (let at = 0; at < raw.length; ) {
    const first = raw[at] as string;
    let end = at + 1;
    if (first === '"') {
      end = stringEnd(raw, at);
      pieces.push(jsonText(String(JSON.parse(raw.slice(at, end)))));
    } else if (first === "-" || (first >= "0" && first <= "9")) {
      end = numberEnd(raw, at);
      pieces.push(number(raw.slice(at, end)));
    } else if (!isSpace(raw.charCodeAt(at))) pieces.push(first);
    at = end;
    if (pieces.length < MOST_PIECES && at < raw.length) continue;
    whole += pieces.join(""); // a string for every token of a large text would fill a small job's heap
    pieces = [];
  }
  return whole;
}

function number(token: string): string {
  if (/^-?\d+$/.test(token)) return token === "-0" ? "0" : token;
  const text = javaDouble(Number(token));
  return text.endsWith("Infinity") ? JSON.stringify(text) : text;
}
