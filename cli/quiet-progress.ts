import { Progress } from "../cluster/core/progress";

/** Steps that take less are not worth a line in the output of a command that only looks. */
const QUIET_MS = 2_000;

/** Progress that says nothing at first: for commands that normally find everything there. */
export function quietProgress(): Progress {
  const begin = performance.now();
  const { stderr } = process;
  return new Progress({
    stream: {
      isTTY: stderr.isTTY,
      columns: stderr.columns,
      write: (text) => performance.now() - begin < QUIET_MS || stderr.write(text),
    },
  });
}
