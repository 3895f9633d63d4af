import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const project = join(__dirname, "..");
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "jest-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A test file of every kind, and copies where the project keeps those. */
const files = [
  "__tests__/settings.test.ts",
  "__tests__/tasks/cli/diff.test.ts",
  "__tests__/integration/documents.test.ts",
  "rehearsal/__tests__/aws/server.test.ts",
  "__tests__/e2e/main-is-live.test.ts",
  ".rehearsal/workstation/__tests__/settings.test.ts",
  "dist/__tests__/settings.test.ts",
];

/** The tests that a project of jest has in a clone of this name. */
function tests(name: string, selected: string): string[] {
  const root = join(folder, name);
  for (const file of ["jest.config.mjs", "__tests__/support"])
    cpSync(join(project, file), join(root, file), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  const jest = [join(project, "node_modules/jest/bin/jest.js"), "--listTests", "--selectProjects", selected];
  const output = execFileSync(process.execPath, jest, { cwd: root, encoding: "utf8", stdio: "pipe" });
  return output
    .split("\n")
    .filter((line) => line.startsWith(root))
    .map((file) => relative(root, file))
    .sort();
}

describe.each(["project", "my project (1) ü", "a+b [c] {d} $e ^f", "dist"])(
  "in a folder named %s",
  (name) => {
    it.each([
      ["unit", ["__tests__/settings.test.ts", "__tests__/tasks/cli/diff.test.ts"]],
      ["rehearsal", ["rehearsal/__tests__/aws/server.test.ts"]],
      ["e2e", ["__tests__/e2e/main-is-live.test.ts"]],
    ])("the project %s has its own tests and no others", (selected, expected) => {
      expect(tests(name, selected)).toEqual(expected);
    });
  },
);
