/** Bytes of the largest event that is not packed. */
export const LARGEST = 2 * 1024 ** 2;
const FILL = LARGEST - 200;

const filled = (piece: string) => piece.repeat(Math.floor(FILL / Buffer.byteLength(piece)));
const greeting = (hello: string, time = '"2026-11-21 12:00:00"', user = '"kim"') =>
  `{"hello":${hello},"id":3,"time":${time},"user_name":${user}}`;
const list = (piece: string) => greeting(`[${filled(`${piece},`)}1]`);
/** As many fields as there is room for: the shortest names there are. */
const fields = () => {
  const letters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
    (letter) => !'"\\'.includes(letter),
  );
  const longer = (names: readonly string[]) => names.flatMap((name) => letters.map((letter) => name + letter));
  const two = longer(letters);
  const three = longer(two).slice(0, (FILL - letters.length * 6 - two.length * 7) / 8);
  return [...letters, ...two, ...three].map((name) => `"${name}":1`).join(",");
};
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
  "Hangul before much else": () => greeting(`["가",${filled("1,")}1]`),
  "a time of objects": () => greeting('"a"', `[${filled("{},")}1]`),
  "a long name": () => greeting('"a"', undefined, `"${filled("😀")}"`),
  "a number": () => `{"id":${filled("9")},"time":"2026-11-21 12:00:00"}`,
  "no object": () => `[${filled("{},")}1]`,
  "no JSON": () => `{"hello":[${filled("{},")}`,
};
