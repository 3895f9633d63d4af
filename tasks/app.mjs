/**
 * What `npm run synth`, the tasks and `cdktf` start to synthesize: bundles main.ts and runs it. A bundle starts
 * in a fraction of the time that compiling every file at import takes, and synth is part of every build, diff
 * and deploy.
 */
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}.cache/app.js`;

if (!existsSync(`${root}dist/lambda`)) {
  console.error("The functions are not bundled yet. Run: npm run bundle");
  process.exit(1);
}
await build({
  absWorkingDir: root,
  entryPoints: ["main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  packages: "external",
  sourcemap: true,
  logLevel: "warning",
});
process.setSourceMapsEnabled(true);
createRequire(import.meta.url)(outfile);
