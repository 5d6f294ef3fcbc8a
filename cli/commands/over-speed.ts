import type { DayPage } from "../../jobs/over-speed/pages";
import { type Command, EXIT, parse, usageFailure } from "../command";
import { servicePath } from "../druid-sql";
import { overSpeedText } from "../over-speed-text";
import { quietProgress } from "../quiet-progress";
import { isDay } from "../seoul-time";
import { connect, planFor, requireCluster, requirePipeline, TARGET_OPTIONS, TARGET_USAGE } from "../target";

const MOST_REQUESTS = 10_000;

export const command: Command = {
  name: "over-speed",
  usage: `DAY [--requests N] ${TARGET_USAGE}`,
  summary: "the cars that were speeding on a day, as Redis has them, and how long its readers wait",
  details: [
    "DAY is a day in Seoul, YYYY-MM-DD or YYYYMMDD. Each reading of a car at which the rule held counts once; times are Seoul",
    "wall time. With --requests the day is asked for N times first, so that the times of requests in the last line mean",
    "something: they are measured where the pages are served, of the last ten minutes, and do not hold the way from there.",
  ].join("\n"),
  async run(args) {
    const { words, options } = parse(
      command,
      args,
      { ...TARGET_OPTIONS, requests: { type: "string" } },
      { min: 1, max: 1 },
    );
    const [word = ""] = words;
    const day = /^\d{8}$/.test(word) ? word.replace(/^(....)(..)(..)$/, "$1-$2-$3") : word;
    if (!isDay(day))
      throw usageFailure(command, `lab over-speed: a day must be YYYY-MM-DD, a day there is, got "${word}"`);
    const requests = options.requests === undefined ? 0 : Number(options.requests);
    if (!Number.isInteger(requests) || requests < 0 || requests > MOST_REQUESTS) {
      throw usageFailure(
        command,
        `lab over-speed: --requests must be a whole number up to ${MOST_REQUESTS}, got "${options.requests}"`,
      );
    }
    const plan = requirePipeline(command, requireCluster(command, planFor(options.stack, options.context)), "smartcar");
    const { kube } = await connect(plan, quietProgress());
    const path = `${servicePath(kube.namespace, "over-speed", 8080)}/days/${day.replaceAll("-", "")}?times=no`;
    const page = await kube.withApi(async (api) => {
      for (let asked = 0; asked < requests; asked += 1) await api.text(path);
      return api.json<DayPage>(path);
    });
    process.stdout.write(`${overSpeedText(page)}\n`);
    return EXIT.ok;
  },
};
