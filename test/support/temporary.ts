import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new directory that is gone when the test that runs now is over. @param name what its name begins with */
export function temporaryDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `lab-${name}-`));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
