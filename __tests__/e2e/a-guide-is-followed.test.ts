import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStackJson } from "../../stacks/stack-json";
import { stackProblems } from "../../tasks/barrier/check-stack";
import { expectedOf } from "../../tasks/barrier/expected";
import { read, root } from "../support/documents";
import { follow, stepsOf } from "../support/guide";
import { environment, settingsWith } from "../support/settings";

/** What bundling and synthesizing read. */
const sources = [
  ...["main.ts", "settings.ts", "setting-values.ts", "invocation.ts", "tsconfig.json", "cdktf.json"],
  ...["package.json", "package-lock.json", ".npmrc", ".terraform-version", ".terraform.lock.hcl"],
  ...[".env.example", "stacks", "tasks", "buildspecs", "lambda-src", "docs/permissions.md"],
  ...["__tests__/integration", "__tests__/lambda-src", "__tests__/support/code-point.ts"],
];

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "guide-"));
  for (const path of sources) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** Runs a command of a guide in the copy. `npm run check` would check the whole repository: the types are checked. */
function run(command: string): void {
  const [script, ...args] = command === "npm run check" ? ["npx", "tsc", "--noEmit"] : command.split(" ");
  try {
    execFileSync(script!, args, {
      cwd: copy,
      env: { ...process.env, ...environment },
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command}:\n${stdout}${stderr}`, { cause: error });
  }
}

describe("the guide to a service of your own", () => {
  it.each([
    ["Add a function", ["api", "count-documents", "record-object"]],
    ["Replace the document API", ["api"]],
  ])(
    "gives stacks that builds deploy: %s",
    (section, functions) => {
      follow(stepsOf(read("docs/guides/your-own-service.md"), section), copy, run);
      run("npx tsc --noEmit");
      const zips = readdirSync(join(copy, "dist/lambda")).filter((file) => file.endsWith(".zip"));
      expect(zips.sort()).toEqual(functions.map((name) => `${name}.zip`));
      for (const stack of ["service-dev", "service-prod", "pipeline"]) {
        const text = readFileSync(join(copy, "cdktf.out/stacks", stack, "cdk.tf.json"), "utf8");
        expect(stackProblems(stack, readStackJson(text), expectedOf(stack, settingsWith()))).toEqual([]);
        if (stack === "pipeline") expect(text.match(/"Release\w+"/g)).toHaveLength(2 * functions.length);
      }
      for (const name of functions)
        expect(readFileSync(join(copy, "docs/permissions.md"), "utf8")).toContain(
          `## The function ${name}\n`,
        );
    },
    180_000,
  );
});
