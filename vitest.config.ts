import { defineConfig } from "vitest/config";

/** Three kinds of test: `unit` needs nothing, `policy` needs the toolchain, `cluster` needs a lab that is up. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/cluster/**", "test/preview/**"], testTimeout: 60_000 } },
      { test: { name: "policy", include: ["test/preview/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false } },
      { test: { name: "cluster", include: ["test/cluster/**/*.test.ts"], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false } },
    ],
  },
});
