/** Characters spelled at a time: what a long text's escapes take meanwhile is many times their length. */
const MOST_AT_ONCE = 65_536;

/** A JSON string as Spark's `to_json` spells it: what must be escaped is, `\u` escapes are in upper case, the rest is not. */
export function jsonText(text: string): string {
  if (text.length <= MOST_AT_ONCE) return `"${escaped(text)}"`;
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + MOST_AT_ONCE - (isHighSurrogate(text.charCodeAt(at + MOST_AT_ONCE - 1)) ? 1 : 0);
    pieces.push(escaped(text.slice(at, end)));
    at = end;
  }
  return `"${pieces.join("")}"`;
}

function escaped(text: string): string {
  const whole = text.replace(/\p{Surrogate}/gu, "?"); // half a surrogate pair has no UTF-8; Java writes a question mark
  const spelled = JSON.stringify(whole).replace(/\\u00[01][0-9a-f]|\\./g, (sequence) =>
    sequence.length > 2 ? `\\u${sequence.slice(2).toUpperCase()}` : sequence,
  );
  return spelled.slice(1, -1);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
