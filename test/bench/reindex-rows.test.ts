import { describe, expect, test } from "vitest";
import { difference, type Group, groupsSql, rowsIn } from "../../bench/reindex/rows";
import { EVENT_COLUMNS } from "../../jobs/reindex/sql";

const even: Group = {
  hour: "2020-02-01T15:00:00.000Z",
  user_id: 0,
  user_name: "김하늘",
  dept_name: "데이터플랫폼",
  gender: "남성",
  hello: "ssm-seoul",
  rows: 2,
  ids: 10,
  ages: 12,
  checksum: 7,
};
const odd: Group = { ...even, user_id: 1, user_name: "이서준", dept_name: "서비스개발", gender: "여성", ids: 12 };

describe("the rows of both sides", () => {
  test("are the same in whatever order the groups come", () => {
    expect(difference([even, odd], [{ ...odd }, { ...even }])).toBeUndefined();
    expect(rowsIn([even, odd])).toBe(4);
  });

  test("differ when genders are swapped, and the first group is named", () => {
    const swapped = [
      { ...even, gender: odd.gender },
      { ...odd, gender: even.gender },
    ];
    const found = difference([even, odd], swapped);
    expect(found).toContain('"user_id":0,"user_name":"김하늘","dept_name":"데이터플랫폼","gender":"남성"');
    expect(found).toMatch(/: ours \{"rows":2.*\}, Spark's none$/);
  });

  test("differ when names of equal length are permuted", () => {
    const permuted = [
      { ...even, user_name: odd.user_name },
      { ...odd, user_name: even.user_name },
    ];
    expect(difference([even, odd], permuted)).toContain('"user_name":"김하늘"');
  });

  test.each(["rows", "ids", "ages", "checksum"] as const)("differ by a group's %s alone", (known) => {
    const found = difference([even, odd], [even, { ...odd, [known]: odd[known] + 1 }]);
    expect(found).toContain('"user_id":1');
    expect(found).toContain(`"${known}":${odd[known] + 1}`);
  });

  test("differ by a group that only one side has, and when there is none at all", () => {
    expect(difference([even, odd], [even])).toMatch(/Spark's none$/);
    expect(difference([even], [even, odd])).toMatch(/ours none/);
    expect(difference([], [])).toBe("neither has a row");
  });

  test("are asked for by every column", () => {
    const sql = groupsSql("events_batch");
    for (const column of Object.keys(EVENT_COLUMNS)) expect(sql).toContain(`"${column}"`);
  });
});
