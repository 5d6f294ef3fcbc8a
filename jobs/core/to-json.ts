/** A JSON string as Spark's `to_json` spells it: what must be escaped is, `\u` escapes are in upper case, the rest is not. */
export function jsonText(text: string): string {
  const whole = text.replace(/\p{Surrogate}/gu, "?"); // half a surrogate pair has no UTF-8; Java writes a question mark
  return JSON.stringify(whole).replace(/\\u00[01][0-9a-f]|\\./g, (sequence) =>
    sequence.length > 2 ? `\\u${sequence.slice(2).toUpperCase()}` : sequence,
  );
}
