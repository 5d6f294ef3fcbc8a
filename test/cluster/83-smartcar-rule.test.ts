import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withPage } from "./support/browser";
import { type Checkout, checkoutCopy } from "./support/checkout";
import { testKafka } from "./support/kafka";
import { eventually, labOk, SMARTCAR } from "./support/lab";
import { carLine, logDate, redisMembers, sendReadings, serviceUrl, storedReadings } from "./support/smartcar";
import { stackUp } from "./support/stack-up";

const kafka = testKafka(SMARTCAR);
let checkout: Checkout;

beforeAll(async () => {
  await stackUp("smartcar");
  checkout = checkoutCopy();
});
afterAll(async () => {
  checkout.remove();
  await labOk(["up", "smartcar"]); // back to what this checkout says
});

const up = () => checkout.lab("up", "smartcar");

async function upOk(): Promise<void> {
  const { code, stdout, stderr } = await up();
  expect(code, `${stdout}\n${stderr}`).toBe(0);
}

/** Sends one reading of a new car at a speed, and resolves with whether it was flagged once it is stored. */
async function judged(speed: number): Promise<boolean> {
  const car = `R${String(Date.now() % 1_000_000).padStart(6, "0")}`;
  const date = logDate(Date.parse("2026-02-01T12:00:00+09:00"));
  await sendReadings(kafka, [{ key: car, value: carLine({ date, car, speed: String(speed) }) }]);
  await eventually(`${car} in HBase`, 120, async () =>
    (await storedReadings(date)).has(`${[...date].reverse().join("")}-${car}`),
  );
  await new Promise((resolve) => setTimeout(resolve, 5000)); // the branch to Redis has no later mark to wait for
  return (await redisMembers("20260201")).has(`${car}-${date}`);
}

/** What Nimbus runs: a topology that was replaced has another id. */
async function running(): Promise<{ id: string; status: string }[]> {
  const answer = await fetch(`${await serviceUrl("storm-ui")}/api/v1/topology/summary`);
  const { topologies } = (await answer.json()) as { topologies: { id: string; status: string }[] };
  return topologies.map(({ id, status }) => ({ id, status }));
}

function writeRule(change: (epl: string) => string): void {
  const file = join(checkout.path, "stacks", "over-speed.epl");
  writeFileSync(file, change(readFileSync(join(process.cwd(), "stacks", "over-speed.epl"), "utf8")));
}

test("80 changed to 100 is the rule that the running system goes by", async () => {
  expect(await judged(90)).toBe(true);
  writeRule((epl) => epl.replaceAll("> 80", "> 100"));
  await upOk();
  expect(await judged(90)).toBe(false);
  expect(await judged(101)).toBe(true);
});

test("a rule that is not EPL is refused, and what ran runs on", async () => {
  const before = await running();
  expect(before).toHaveLength(1);
  writeRule((epl) => epl.replace("having", "haveing"));
  try {
    const { code, stdout, stderr } = await up();
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/haveing/);
    expect(await running()).toEqual(before);
  } finally {
    writeRule((epl) => epl);
    await upOk();
  }
  expect(await judged(90)).toBe(true);
});

test("Storm's page shows the topology's spouts and bolts with their figures, in a browser", async () => {
  const url = await serviceUrl("storm-ui");
  await withPage(async (page) => {
    await page.goto(url);
    await page.getByRole("link", { name: "smartcar" }).first().click();
    for (const component of ["lines", "split", "hbase", "esper", "redis"]) {
      await page.getByRole("cell", { name: component, exact: true }).first().waitFor();
    }
    const spout = page.getByRole("row").filter({ has: page.getByRole("cell", { name: "lines", exact: true }) });
    const headings = await page.getByRole("table").filter({ has: spout }).getByRole("columnheader").allTextContents();
    await expect
      .poll(
        async () => {
          const cells = await spout.getByRole("cell").allTextContents();
          const figure = (heading: RegExp) => cells[headings.findIndex((text) => heading.test(text))] ?? "";
          return /^[1-9]/.test(figure(/emitted/i)) && /^[1-9]/.test(figure(/acked/i)) && /^\d/.test(figure(/lag/i));
        },
        { timeout: 60_000 },
      )
      .toBe(true);
  });
});

test("HBase's own page lists the table and its two regions", async () => {
  await withPage(async (page) => {
    await page.goto(`${await serviceUrl("hbase-master")}/table.jsp?name=DriverCarInfo`);
    await page.getByText("80000000").first().waitFor();
  });
});

test("a topology that the config no longer has is killed; its readings wait, and are stored when it comes back", async () => {
  const file = join(checkout.path, "stacks", "Pulumi.smartcar.yaml");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, `${text.trimEnd()}\n  bigdata-lab:smartcar: { topology: false }\n`);
  await upOk();
  expect(await running()).toEqual([]);
  const car = `W${String(Date.now() % 1_000_000).padStart(6, "0")}`;
  const date = logDate(Date.parse("2026-02-02T12:00:00+09:00"));
  await sendReadings(kafka, [{ key: car, value: carLine({ date, car, speed: "120" }) }]);
  writeFileSync(file, text);
  await upOk();
  await eventually(`${car} in Redis`, 180, async () => (await redisMembers("20260202")).has(`${car}-${date}`));
});
