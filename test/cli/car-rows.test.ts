import { expect, test } from "vitest";
import { assignments, CARS, carScan, rowKey, valuesOf } from "../../cli/car-rows";
import { loadCommand } from "../../cli/main";

test("a scan reads everything, a little of it, unless it is told otherwise", () => {
  const { scan, shown } = carScan({ conditions: [] });
  expect(JSON.parse(JSON.stringify(scan))).toEqual({ limit: 20 });
  expect(shown).toEqual(CARS.columns);
});

test("conditions are all to be met, and what they compare is read even when it is not shown", () => {
  const { scan, shown } = carScan({
    conditions: ["speed~^1\\d\\d$", "area_number!=A01", "car_number=O00=1"],
    row: "-O00[12]0$",
    columns: "date,speed",
    limit: "5",
    start: "1",
    stop: "2",
    prefix: "11",
  });
  expect(shown).toEqual(["date", "speed"]);
  expect(scan).toEqual({
    start: "1",
    stop: "2",
    prefix: "11",
    limit: 5,
    columns: ["cf1:date", "cf1:speed", "cf1:area_number", "cf1:car_number"],
    filter: [
      "(RowFilter(=, 'regexstring:-O00[12]0$'))",
      "(SingleColumnValueFilter('cf1', 'speed', =, 'regexstring:^1\\d\\d$', true, true))",
      "(SingleColumnValueFilter('cf1', 'area_number', !=, 'binary:A01', true, true))",
      "(SingleColumnValueFilter('cf1', 'car_number', =, 'binary:O00=1', true, true))",
    ].join(" AND "),
  });
});

test.each([
  [() => carScan({ conditions: ["colour=red"] }), 'no column "colour"; there are: date, car_number'],
  [() => carScan({ conditions: ["speed"] }), 'column!~regex; got "speed"'],
  [() => carScan({ conditions: [], columns: "speed,x" }), 'no column "x"'],
  [() => carScan({ conditions: [], limit: "0" }), '--limit must be a whole number from 1, got "0"'],
  [() => assignments(["speed"]), 'column=value was expected, got "speed"'],
  [() => assignments(["x=1"]), 'no column "x"'],
  [() => rowKey("20160624022021-0010"), "a key is the second reversed and the car"],
])("%s is refused: %s", (attempt, problem) => {
  expect(attempt).toThrow(problem);
});

test("changes are cells of the family, with HBase's own time", () => {
  expect(rowKey("00016062402202-O0010")).toBe("00016062402202-O0010");
  expect(assignments(["speed=81", "area_number="])).toEqual([
    { column: "cf1:speed", value: "81" },
    { column: "cf1:area_number", value: "" },
  ]);
});

test("values are shown in the order they were asked for", () => {
  const row = { key: "k", cells: [{ column: "cf1:speed", value: "81" }] };
  expect(valuesOf(row, ["date", "speed"])).toEqual([null, "81"]);
});

test.each([
  [[], "an argument is missing"],
  [["drop"], 'scan, get KEY, or put KEY COLUMN=VALUE…; got "drop"'],
  [["get"], "a key is the second reversed"],
  [["get", "00016062402202-O0010", "speed"], "scan, get KEY, or put"],
  [["put", "00016062402202-O0010"], "scan, get KEY, or put"],
  [["put", "00016062402202-O0010", "x=1"], 'no column "x"'],
  [["get", "00016062402202-O0010", "--limit", "5"], "--limit is for scan"],
  [["scan", "--limit", "many"], '--limit must be a whole number from 1, got "many"'],
])("lab cars %j is refused in one line before anything is asked of a cluster", async (args, problem) => {
  const cars = await loadCommand("cars");
  await expect(cars.run([...args])).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(problem) });
});
