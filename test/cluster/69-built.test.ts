import { expect, test } from "vitest";
import { BUILD_AHEAD, buildEnded, buildHasBegun, buildSaid } from "./support/build-ahead";
import { type Ended, eventually, lab, labOk } from "./support/lab";

const MINUTE = 60_000;
/** All images of two stacks, from nothing, on a machine that has other work. */
const BOUND_MINUTES = 25;

/** The end of the build that 19-build began; when only this file is run, of one that is begun now. */
async function endOfBuild(): Promise<Pick<Ended, "code" | "stdout">> {
  if (!buildHasBegun()) return lab(BUILD_AHEAD);
  const code = await eventually("lab build has ended", BOUND_MINUTES * 60, async () => buildEnded()?.toString());
  return { code: Number(code), stdout: buildSaid() };
}

test(
  "the images of the other stacks have been built beside the tests of stack lab, and lab up is what comes next",
  async () => {
    const { code, stdout } = await endOfBuild();
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/ images of lambda and smartcar\b.*\nnext: lab up lambda\nnext: lab up smartcar\n$/);
  },
  (BOUND_MINUTES + 1) * MINUTE,
);

test("a second time all are there, and nothing is built", async () => {
  const { stdout, stderr } = await labOk(BUILD_AHEAD);
  const [, count = ""] = /^all (\d+) images of lambda and smartcar are there already$/m.exec(stdout) ?? [];
  expect(Number(count), stdout).toBeGreaterThan(15);
  expect(stderr.match(/^\[\d+\/\d+\] image \S+ done · there already · /gm)).toHaveLength(Number(count));
});
