import { expect, test, vi } from "vitest";
import { formatElapsed, Progress } from "../../cluster/core/progress";

function recorded(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, columns: 40, write: (text: string) => written.push(text) } };
}

test("off a terminal every step has a line when it starts and when it ends, with its number", async () => {
  const { written, stream } = recorded(false);
  const progress = new Progress({ total: 2, stream, now: () => 0 });
  expect(await progress.step("build", async () => 42)).toBe(42);
  await expect(progress.step("start", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(written).toEqual([
    "[1/2] build … 0 ms\n",
    "[1/2] build done · 0 ms\n",
    "[2/2] start … 0 ms\n",
    "[2/2] start FAILED · 0 ms\n",
  ]);
});

test("off a terminal a line comes for news at most every 5 s, and every 30 s without", async () => {
  vi.useFakeTimers();
  const { written, stream } = recorded(false);
  const progress = new Progress({ stream, now: () => Date.now() });
  await progress.step("build", async (report) => {
    report("1 of 3");
    await vi.advanceTimersByTimeAsync(6_000);
    report("2 of 3");
    report("2 of 3");
    await vi.advanceTimersByTimeAsync(31_000);
  });
  vi.useRealTimers();
  expect(written).toEqual([
    "[1] build … 0 ms\n",
    "[1] build … 2 of 3 · 6 s\n",
    "[1] build … 2 of 3 · 36 s\n",
    "[1] build done · 2 of 3 · 37 s\n",
  ]);
});

test("on a terminal a step is one line, cut to its width, and a note stands above it", async () => {
  const { written, stream } = recorded(true);
  const progress = new Progress({ stream, now: () => 0 });
  await progress.step("build", async (report) => {
    report("a very long list of what is under way right now");
    progress.note("built etcd");
  });
  const shown = written.map((text) => text.replaceAll("\r\x1b[K", "⟲"));
  expect(shown[0]).toBe("⟲[1] build … 0 ms");
  expect(shown[1]).toMatch(/^⟲.{38}…$/);
  expect(shown[2]).toMatch(/^⟲built etcd\n\[1\] build/);
  expect(shown.at(-1)).toMatch(/^⟲\[1\] build done .*\n$/);
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [12_400, "12 s"],
  [59_700, "1 min 00 s"],
  [185_000, "3 min 05 s"],
])("%i ms is %s", (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});
