import { beforeAll, expect, test } from "vitest";
import { withPage } from "./support/browser";
import { serviceUrl } from "./support/lambda";
import { stackUp } from "./support/stack-up";

beforeAll(async () => {
  await stackUp("lambda");
});

test("Druid's web console lists the datasources and runs a query", async () => {
  const url = await serviceUrl("druid-router");
  await withPage(async (page) => {
    await page.goto(`${url}/unified-console.html#datasources`);
    await page.getByText("events_stages").first().waitFor();
    await page.goto(`${url}/unified-console.html#workbench`);
    await page.locator(".ace_text-input").first().waitFor({ state: "attached" });
    await page.locator(".ace_editor").first().click();
    await page.keyboard.insertText("SELECT COUNT(*) AS the_count FROM events_stages");
    await page.getByText("Run", { exact: true }).first().click();
    await page.getByText("the_count").last().waitFor();
    await page
      .getByText(/1 result/)
      .first()
      .waitFor();
  });
});

test("HDFS's own page lists the directories of the days", async () => {
  const url = await serviceUrl("namenode");
  await withPage(async (page) => {
    await page.goto(`${url}/explorer.html#/lambda/events`);
    await page
      .getByText(/dt=\d{4}-\d\d-\d\d/)
      .first()
      .waitFor();
    expect(await page.title()).toMatch(/HDFS|Browsing/i);
  });
});
