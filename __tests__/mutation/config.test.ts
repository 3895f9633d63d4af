import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

it("runs the unit tests but the one that starts providers, and of the rehearsal's those that need no emulator", () => {
  const jest = ["node_modules/jest/bin/jest.js", "--listTests", "--config"];
  const tests = (...config: string[]) =>
    execFileSync(process.execPath, [...jest, ...config], { cwd: root, encoding: "utf8", stdio: "pipe" })
      .split("\n")
      .filter((line) => line.endsWith(".test.ts"))
      .map((file) => file.slice(root.length + 1))
      .sort();
  const unit = tests("jest.config.mjs", "--selectProjects", "unit");
  const mutation = tests("mutation/jest.config.mjs");
  expect(unit.filter((test) => !mutation.includes(test))).toEqual([
    "__tests__/stacks/valid-terraform.test.ts",
  ]);
  expect(mutation.filter((test) => !unit.includes(test))).toEqual([
    "rehearsal/__tests__/aws/codepipeline/webhook.test.ts",
    "rehearsal/__tests__/aws/github-delivery.test.ts",
    "rehearsal/__tests__/github/branch-ruleset.test.ts",
    "rehearsal/__tests__/github/plan-comment.test.ts",
  ]);
});

it("is nothing that a build installs", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: object;
  };
  expect(Object.keys(devDependencies).filter((name) => name.includes("stryker"))).toEqual([]);
});
