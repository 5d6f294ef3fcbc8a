import { expect, test } from "vitest";
import { manifests } from "../../components/core/manifest";
import { ScheduledJob } from "../../components/scheduled-job";
import { inventory } from "../../stacks/inventory";

const args = {
  place: { name: "lab", ref: "lab" },
  image: "image:0123456789abcdef",
  memoryMiB: 128,
  millicores: 10,
  config: { a: 1 },
  calls: [{ workload: "druid-router", host: "druid-router", port: 8888 }],
  schedule: "0 1 * * *",
};

test("runs by Seoul's clock, never twice at a time, and can be started from its template", async () => {
  const all = manifests(await inventory(() => new ScheduledJob("reindex", args)));
  const job = all.find(({ kind }) => kind === "CronJob");
  expect(job?.metadata?.name).toBe("reindex");
  expect(job?.spec).toMatchObject({
    schedule: "0 1 * * *",
    timeZone: "Asia/Seoul",
    concurrencyPolicy: "Forbid",
    jobTemplate: { spec: { template: { spec: { restartPolicy: "Never" } } } },
  });
  expect(job?.spec?.suspend).toBeUndefined();
});

test.each(["", "1 * * *", "@daily", "0 1 * * * *"])(
  "the schedule %j is refused before anything is declared",
  async (schedule) => {
    const declared = await inventory(() => {
      expect(() => new ScheduledJob("reindex", { ...args, schedule })).toThrow(/schedule must have cron's five fields/);
    });
    expect(declared).toEqual([]);
  },
);
