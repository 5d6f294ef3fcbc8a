import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { installPackages } from "../../../cluster/toolchain/debian";

/** Debian's own build. */
const EXECUTABLE = "/usr/bin/chromium";
/** Headless, as root, and silent towards the outside. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs `fn` with a page of a real browser that has no history. */
export async function withPage<T>(fn: (page: Page) => Promise<T>): Promise<T> {
  if (!existsSync(EXECUTABLE)) await installPackages([{ name: "chromium", anyFile: [EXECUTABLE] }]);
  const profile = mkdtempSync(join(tmpdir(), "lab-browser-"));
  let context: BrowserContext | undefined;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      headless: true,
      args: FLAGS,
      locale: "en-US",
      timeout: 120_000,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(90_000);
    return await fn(page);
  } finally {
    await context?.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
