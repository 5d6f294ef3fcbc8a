import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files in the order of their names: the cluster's tests go from fast to slow, and from one stack to the next. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const MINUTE = 60_000;
/** One file after the other. */
const inTurn = { pool: "forks", poolOptions: { forks: { singleFork: true } } } as const;

/** Kinds of test: `unit` needs nothing, `policy` needs the toolchain, `cluster` and `long` need a lab that is up. */
export default defineConfig({
  test: {
    sequence: { sequencer: ByName },
    // Vitest's default, a worker for each core but one, leaves half of a machine of two idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/cluster/**", "test/long/**", "test/preview/**"],
          testTimeout: 10 * MINUTE, // they yield to the cluster's tests
          hookTimeout: 10 * MINUTE,
        },
      },
      {
        test: {
          name: "policy",
          include: ["test/preview/**/*.test.ts"],
          testTimeout: 10 * MINUTE,
          hookTimeout: 10 * MINUTE,
          ...inTurn,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          testTimeout: 15 * MINUTE,
          hookTimeout: 15 * MINUTE,
          ...inTurn,
        },
      },
      {
        test: {
          name: "long",
          include: ["test/long/**/*.test.ts"],
          testTimeout: 15 * MINUTE,
          hookTimeout: 15 * MINUTE,
          ...inTurn,
        },
      },
    ],
  },
});
