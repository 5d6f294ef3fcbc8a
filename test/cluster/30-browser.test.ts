import { spawn } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../cluster/core/paths";
import { NAMES } from "../../stacks/static-tables";
import { withPage } from "./support/browser";
import { kubeGet, labOk } from "./support/lab";

beforeAll(async () => {
  await labOk(["up"]);
});

/** Keeps `lab open phpmyadmin` running while `fn` uses the address it prints. */
async function opened<T>(fn: (url: string) => Promise<T>): Promise<T> {
  const child = spawn(join(projectRoot(), "lab"), ["open", "phpmyadmin"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once("close", () => reject(new Error("lab open ended")));
    });
    return await fn(url);
  } finally {
    child.kill("SIGINT");
  }
}

test("phpMyAdmin: scott logs in with the password lab credentials prints, and sees the rows of events_users_v1", async () => {
  const password = (await labOk(["credentials", "scott"])).stdout.trim();
  await opened((url) =>
    withPage(async (page) => {
      await page.goto(url);
      await page.fill("#input_username", "scott");
      await page.fill("#input_password", "not the password");
      await page.click("#input_go");
      await page.getByText("Access denied for user").first().waitFor();
      await page.fill("#input_username", "scott");
      await page.fill("#input_password", password);
      await page.click("#input_go");
      await page.waitForSelector("#pma_navigation_tree");
      await page.goto(`${url}index.php?route=/sql&server=1&db=default&table=events_users_v1&pos=0`);
      await page.waitForSelector("table.table_results tbody tr");
      const rows = await page.locator("table.table_results tbody tr").allInnerTexts();
      expect(rows.length).toBeGreaterThan(5);
      const known = rows.filter(
        (row) => NAMES.some(({ name }) => row.includes(name)) && /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(row),
      );
      expect(known.length).toBe(rows.length);
    }),
  );
});

test("phpMyAdmin answers on port 80 of its Service", async () => {
  const { spec } = await kubeGet<{ spec: { clusterIP: string; ports: { port: number }[] } }>("service/phpmyadmin");
  expect(spec.ports.map(({ port }) => port)).toEqual([80]);
  const answer = await fetch(`http://${spec.clusterIP}/`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("phpMyAdmin");
});
