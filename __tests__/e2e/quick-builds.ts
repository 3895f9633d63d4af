import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

/** The buildspecs of the steps that install packages; the last two only in earlier commits. */
type Step = "unit-test" | "deploy-for-test" | "self-update";

/**
 * Makes builds of a clone's commits use the packages of this checkout. That UnitTest works with those it
 * installs is tested by `main-is-live-in-production`.
 */
export function useInstalledPackages(clone: string, steps: readonly Step[] = ["unit-test"]): void {
  for (const step of steps)
    edit(clone, step, (text) =>
      text.replace(/npm ci .*/, `ln -s '${join(root, "node_modules")}' node_modules`),
    );
}

/** Removes the checks or tests from UnitTest of a clone's commits. It still bundles and synthesizes. */
export function leaveOut(clone: string, ...scripts: readonly ("check" | "test:unit")[]): void {
  for (const script of scripts)
    edit(clone, "unit-test", (text) => text.replace(new RegExp(`^ *- npm run ${script}\n`, "m"), ""));
}

/** Reduces the builds of a clone's commits to what takes seconds. */
export function quickenBuilds(clone: string, installing?: readonly Step[]): void {
  useInstalledPackages(clone, installing);
  leaveOut(clone, "check", "test:unit");
}

/** Replaces the builds that deploy and test dev, for tests that are not about dev. */
export function leaveOutDev(clone: string): void {
  const only = (command: string) => (text: string) =>
    text.replace(/^phases:[^]*/m, `phases:\n  build:\n    commands:\n      - ${command}\n`);
  edit(clone, "deploy-for-test", only("export API_URL=none BUCKET=none"));
  edit(clone, "integration-test", only("echo skipped"));
}

/** The names of buildspecs in earlier commits, where DeployOnDev and DeployOnStage had one each. */
const EARLIER: Readonly<Record<string, string>> = { "deploy-for-test": "deploy-on-dev" };

/** Changes a buildspec. @throws Error when the change leaves it as it was */
function edit(clone: string, step: string, change: (text: string) => string): void {
  const [file = ""] = [step, EARLIER[step]]
    .map((name) => join(clone, `buildspecs/${name}.yml`))
    .filter((path) => existsSync(path));
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before)
    throw new Error(`Nothing in ${file} was changed: it does not contain what this test replaces.`);
  writeFileSync(file, after);
}
