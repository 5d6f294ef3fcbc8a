const FILL = 2 * 1024 ** 2 - 200;

const filled = (piece: string) => piece.repeat(Math.floor(FILL / Buffer.byteLength(piece)));
const greeting = (hello: string) => `{"hello":${hello},"id":3,"time":"2026-11-21 12:00:00","user_name":"kim"}`;
const list = (piece: string) => greeting(`[${filled(`${piece},`)}1]`);
const fields = () => Array.from({ length: FILL / 11 }, (_, index) => `"_${index.toString(36)}":1`).join(",");
const nested = (open: string, close: string) => {
  const depth = Math.floor(FILL / (open.length + close.length));
  return greeting(`${open.repeat(depth)}1${close.repeat(depth)}`);
};

/** Values of the largest event there may be, by what takes a reader that builds all of it many times their length. */
export const LARGE_VALUES: Readonly<Record<string, () => string>> = {
  "small numbers": () => list("1"),
  "numbers that are spelled longer": () => list("1e6"),
  objects: () => list("{}"),
  arrays: () => list("[]"),
  "empty strings": () => list('""'),
  "strings of escapes": () => list('"\\n\\u0001"'),
  spaces: () => list("1 "),
  "arrays in arrays": () => nested("[", "]"),
  "objects in objects": () => nested('{"":', "}"),
  "fields of a field": () => greeting(`{${fields()}}`),
  fields: () => `{${fields()}}`,
  quotes: () => greeting(`"${filled('\\"')}"`),
  "control characters": () => greeting(`"${filled("\\u0001")}"`),
  "halves of surrogate pairs": () => greeting(`"${filled("\\ud800")}"`),
  Hangul: () => greeting(`"${filled("가")}"`),
  "a number": () => `{"id":${filled("9")},"time":"2026-11-21 12:00:00"}`,
  "no object": () => `[${filled("{},")}1]`,
  "no JSON": () => `{"hello":[${filled("{},")}`,
};
