import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringField } from "../../../jobs/core/from-json";
import { isJson } from "../../../jobs/core/json-syntax";
import { jsonText } from "../../../jobs/core/to-json";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("isJson says what JSON.parse says", () => {
  const odd = [
    ..."{} [] [,] {,} {a:1} 1 -1 - 01 -0 1. .5 1.5 1e 1e+ 1E-7 +1 0x1 tru true truefalse nullx NaN Infinity".split(" "),
    ...'{"a":1,} [1,] {"a"} {"a":} "\\x" "\\u12g4" "\\u1234" "\\u123 "\\ " ] } [} {] [[] {"a":{} 1-1 --1 [1][1]'.split(
      " ",
    ),
    ...'{}{} "a""b" ["a":1] {"a":1:2} {1:1} :1 , : {"":"","":[null,{"x":[]}]}'.split(" "),
    ...[
      '{"a":1 "b":2}',
      "[1 2]",
      '"a 1',
      "1 2",
      '{"a" 1}',
      '{ "a" : 1 , "b" : [ 1 , 2 ] }',
      "[ ]",
      "{ }",
      "- 1",
      "1 .5",
    ],
    ...["", " ", "\t\n\r 1 \t", '"\u007f"', '"\u2028"', '"\u001f"', '"\t"', "\u00a01", "\ufeff1", "1\u0000"],
  ];
  test.each(odd)("of %j", (text) => {
    expect(isJson(text)).toBe(parses(text));
  });

  test("of any JSON, and of any that has been damaged", () => {
    const spaces = fc.constantFrom<string | number>(0, 1, "\t", "\r\n");
    const damages = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ 01e.-+tfnu\u0000'), fc.nat(2)), {
      maxLength: 3,
    });
    const property = fc.property(fc.jsonValue(), spaces, damages, (value, space, changes) => {
      let text = JSON.stringify(value, undefined, space);
      expect(isJson(text)).toBe(true);
      for (const [where, what, removed] of changes) {
        const at = where % (text.length + 1);
        text = text.slice(0, at) + what + text.slice(at + removed);
      }
      expect([text, isJson(text)]).toEqual([text, parses(text)]);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  test("of a million containers in each other", () => {
    const deep = "[".repeat(1_000_000);
    expect([isJson(deep), isJson(`${deep}${"]".repeat(1_000_000)}`)]).toEqual([false, true]);
  });
});

test("a long text is spelled as its parts are", () => {
  const parts = fc.array(fc.constantFrom("a", '"', "\\", "\u000b", "\u001f", "\n", "가", "😀", "\ud83d", "\ude00"), {
    minLength: 1,
    maxLength: 20,
  });
  const property = fc.property(parts, fc.integer({ min: 65_500, max: 65_600 }), (some, before) => {
    const text = some.join("");
    const inner = (part: string) => jsonText(part).slice(1, -1);
    expect(jsonText("a".repeat(before) + text) === `"${"a".repeat(before)}${inner(text)}"`).toBe(true);
  });
  fc.assert(property, { numRuns: 300 });
  expect(jsonText(`${"a".repeat(65_535)}\ud83d`).endsWith('a?"')).toBe(true);
});

test.each([1, 4_095, 4_096, 4_097, 9_000])("%d tokens are spelled one after the other", (count) => {
  const spellings: [string, string][] = [
    ["1e6", "1000000.0"],
    [" -0 ", "0"],
    ['"\\u000b/"', '"\\u000B/"'],
    ["true", "true"],
    ['{ "a" : [ 1.50 ] }', '{"a":[1.5]}'],
  ];
  const pairs = Array.from({ length: count }, (_, index) => spellings[index % spellings.length] ?? ["", ""]);
  const raw = `[${pairs.map(([written]) => written).join(",")}]`;
  expect(stringField(raw) === `[${pairs.map(([, spelled]) => spelled).join(",")}]`).toBe(true);
});
