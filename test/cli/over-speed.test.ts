import { expect, test } from "vitest";
import { command } from "../../cli/commands/over-speed";
import { LabFailure } from "../../cluster/core/failure";

test.each([
  [[], /lab over-speed: an argument is missing/],
  [["today"], /a day must be YYYY-MM-DD, a day there is, got "today"/],
  [["20260230"], /a day there is, got "20260230"/],
  [["2026-01-01", "--requests", "many"], /--requests must be a whole number up to 10000, got "many"/],
  [["2026-01-01", "--requests", "10001"], /got "10001"/],
  [["2026-01-01", "2026-01-02"], /unexpected argument "2026-01-02"/],
])("lab over-speed %j is refused before anything is asked", async (args, reason) => {
  const failure = await command.run(args).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LabFailure);
  expect(failure).toMatchObject({ message: expect.stringMatching(reason), exitCode: 2 });
});
