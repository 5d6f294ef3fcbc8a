// Bundles a job into one file: `node bundle.mjs jobs/<job>/main.ts <out>`. Same sources, same bytes.
import { utimesSync } from "node:fs";
import { dirname } from "node:path";
import { build } from "esbuild";

const [entry, out] = process.argv.slice(2);
await build({
  entryPoints: [entry],
  outfile: out,
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: "linked", // stack traces then name the sources (node --enable-source-maps)
  sourcesContent: false,
  legalComments: "eof",
  loader: { ".sql": "text" },
  tsconfigRaw: { compilerOptions: { target: "es2022" } },
  logLevel: "warning",
});
// The layer's digest covers times as well.
for (const path of [out, `${out}.map`, dirname(out)]) utimesSync(path, 0, 0);
