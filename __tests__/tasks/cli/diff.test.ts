import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summarize } from "../../../tasks/cli/diff";

/** A stack of a resource that Terraform brings along itself. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "diff-"));
  define({ resource: { terraform_data: { api: { input: "one" } } } });
  terraform("init", "-input=false");
  terraform("apply", "-auto-approve");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function define(stack: object): void {
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(stack));
}

function terraform(...args: string[]): void {
  execFileSync("terraform", args, { cwd: folder, stdio: "pipe" });
}

/** Plans as `cdktf diff` does. @returns the line in the summary */
async function planned(stack: object): Promise<string> {
  define(stack);
  terraform("plan", "-input=false", "-out", "plan");
  return summarize(folder);
}

it("summarize describes a plan in one line, and deletes its file, which has secrets", async () => {
  const resource = { terraform_data: { api: { input: "two" }, queue: {} } };
  expect(await planned({ resource })).toBe("Plan: 1 to add, 1 to change, 0 to destroy.");
  expect(existsSync(join(folder, "plan"))).toBe(false);
});

it("summarize names a resource that only moves", async () => {
  const resource = { terraform_data: { gateway: { input: "one" } } };
  const moved = [{ from: "terraform_data.api", to: "terraform_data.gateway" }];
  expect(await planned({ resource, moved })).toMatch(/1 to move\. It moves terraform_data\.api to/);
  expect(await planned({ resource: { terraform_data: { api: { input: "one" } } } })).toBe("No changes.");
});
