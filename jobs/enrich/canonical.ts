import { parseSeoulTimeBytes } from "../core/seoul-time";

/** Where the parts of a canonical event lie in its bytes. Reused from call to call: read it before the next one. */
export interface CanonicalEvent {
  /** 0 up to 10^15. */
  id: number;
  helloStart: number;
  helloEnd: number;
  idStart: number;
  idEnd: number;
  timeStart: number;
}

const found: CanonicalEvent = { id: 0, helloStart: 0, helloEnd: 0, idStart: 0, idEnd: 0, timeStart: 0 };
const HELLO = Buffer.from('{"hello":"');
const ID = Buffer.from('","id":');
const TIME = Buffer.from(',"time":"');
const TIME_BYTES = 19;
const MAX_DIGITS = 15;

/**
 * Recognises the spelling collectors use, `{"hello":"…","id":n,"time":"YYYY-MM-DD HH:MM:SS"}` without spaces or escapes, in
 * one pass over the bytes. Anything else (other order, spaces, escapes, non-ASCII, a wrong time) is undefined here, which
 * only means that the full parser decides.
 */
export function canonicalEvent(bytes: Buffer): CanonicalEvent | undefined {
  const length = bytes.length;
  if (!startsAt(bytes, 0, HELLO)) return undefined;
  let at = HELLO.length;
  found.helloStart = at;
  for (; at < length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === 34) break;
    if (byte < 32 || byte > 126 || byte === 92) return undefined;
  }
  found.helloEnd = at;
  if (!startsAt(bytes, at, ID)) return undefined;
  at += ID.length;
  found.idStart = at;
  let id = 0;
  let digit = (bytes[at] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    id = id * 10 + digit;
    at += 1;
    digit = (bytes[at] as number) - 48;
  }
  const digits = at - found.idStart;
  if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[found.idStart] === 48)) return undefined;
  found.id = id;
  found.idEnd = at;
  if (!startsAt(bytes, at, TIME)) return undefined;
  at += TIME.length;
  found.timeStart = at;
  const end = at + TIME_BYTES;
  if (end + 2 !== length || bytes[end] !== 34 || bytes[end + 1] !== 125) return undefined;
  return parseSeoulTimeBytes(bytes, at) === undefined ? undefined : found;
}

function startsAt(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1) if (bytes[at + index] !== text[index]) return false;
  return true;
}
