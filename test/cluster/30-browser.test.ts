import { beforeAll, expect, test } from "vitest";
import { NAMES } from "../../stacks/static-tables";
import { withPage } from "./support/browser";
import { kubeGet, labOk } from "./support/lab";
import { opened } from "./support/opened";
import { stackUp } from "./support/stack-up";

beforeAll(async () => {
  await stackUp();
});

test("phpMyAdmin: scott logs in with the password lab credentials prints, and sees the rows of events_users_v1", async () => {
  const password = (await labOk(["credentials", "scott"])).stdout.trim();
  await opened("phpmyadmin", (url) =>
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
