const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const HEX4 = /^[0-9a-fA-F]{4}$/;

/**
 * Whether a text is JSON (RFC 8259), decided as `JSON.parse` decides it. Nothing of what the text says is built: two megabytes of
 * `{},{},…` would be fifty of objects, more than a small job's heap has.
 */
export function isJson(text: string): boolean {
  const nesting = new Nesting();
  let at = 0;
  for (;;) {
    const start = skipSpace(text, at);
    const first = text.charCodeAt(start);
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const inside = skipSpace(text, start + 1);
      if (text.charCodeAt(inside) === closing(first)) at = inside + 1;
      else {
        nesting.open(first);
        at = first === OPEN_BRACE ? nameEnd(text, inside) : inside;
        if (at < 0) return false;
        continue;
      }
    } else at = scalarEnd(text, start);
    if (at < 0) return false;

    at = closingsEnd(text, at, nesting);
    const around = nesting.innermost;
    if (around === undefined) return at === text.length;
    if (text.charCodeAt(at) !== COMMA) return false;
    at += 1;
    if (around === OPEN_BRACE) at = nameEnd(text, skipSpace(text, at));
    if (at < 0) return false;
  }
}

/** Where the spaces that begin at `from` are over. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether a character may stand between tokens. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Where the string that begins at `quote` has ended, or -1 where none begins or it is broken. */
export function stringEnd(text: string, quote: number): number {
  if (text.charCodeAt(quote) !== QUOTE) return -1;
  for (let at = quote + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    at += 1;
    const kind = text[at];
    if (kind === "u") {
      if (!HEX4.test(text.slice(at + 1, at + 5))) return -1;
      at += 4;
    } else if (kind === undefined || !'"\\/bfnrt'.includes(kind)) return -1;
  }
  return -1;
}

/** Where the number that begins at `start` has ended, or -1 where none begins or it is broken. */
export function numberEnd(text: string, start: number): number {
  let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
  at = text.charCodeAt(at) === ZERO ? at + 1 : digitsEnd(text, at);
  if (at >= 0 && text.charCodeAt(at) === POINT) at = digitsEnd(text, at + 1);
  if (at >= 0 && (text[at] === "e" || text[at] === "E")) {
    const sign = text.charCodeAt(at + 1);
    at = digitsEnd(text, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

/** Containers around a place; there may be a million of them. */
class Nesting {
  private openings = new Uint8Array(64);
  private depth = 0;

  get innermost(): number | undefined {
    return this.depth === 0 ? undefined : this.openings[this.depth - 1];
  }

  open(opening: number): void {
    if (this.depth === this.openings.length) {
      const grown = new Uint8Array(this.depth * 2);
      grown.set(this.openings);
      this.openings = grown;
    }
    this.openings[this.depth] = opening;
    this.depth += 1;
  }

  close(): void {
    this.depth -= 1;
  }
}

function closing(opening: number): number {
  return opening === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
}

/** What comes first behind a value and the containers that end with it. */
function closingsEnd(text: string, from: number, nesting: Nesting): number {
  let at = skipSpace(text, from);
  for (let around = nesting.innermost; around !== undefined; around = nesting.innermost) {
    if (text.charCodeAt(at) !== closing(around)) break;
    nesting.close();
    at = skipSpace(text, at + 1);
  }
  return at;
}

/** Where a name and its colon have ended. */
function nameEnd(text: string, start: number): number {
  const end = stringEnd(text, start);
  if (end < 0) return -1;
  const colon = skipSpace(text, end);
  return text.charCodeAt(colon) === COLON ? colon + 1 : -1;
}

function scalarEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === QUOTE) return stringEnd(text, start);
  for (const literal of ["true", "false", "null"]) if (text.startsWith(literal, start)) return start + literal.length;
  return numberEnd(text, start);
}

function digitsEnd(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at === start ? -1 : at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
