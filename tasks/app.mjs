/**
 * What `npm run synth`, the tasks and `cdktf` start to synthesize: main.ts with the packages that it uses, as one file
 * and compiled. Both are kept in .cache/app until a source changes, because synth is part of every diff and deploy.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleOf } from "./start/app-bundle.mjs";
import { runCompiled } from "./start/compiled.mjs";
import stackTraces from "./start/stack-traces.cjs";

const root = fileURLToPath(new URL("..", import.meta.url));

if (!existsSync(`${root}dist/lambda`)) {
  console.error("The functions are not bundled yet. Run: npm run bundle");
  process.exit(1);
}
const app = await bundleOf(root, "main.ts");
stackTraces.nameSources((path) => (path === app.file ? readFileSync(`${app.file}.map`, "utf8") : undefined));
runCompiled(app);
