import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceLines } from "../../../tasks/diff/lines";
import { plannedStack, type PlannedStack } from "../../../tasks/diff/stack-diff";
import { keptPlan } from "../../../tasks/terraform/kept-plan";

/** A stack of resources that Terraform brings along itself. */
const resources = {
  api: { input: "one" },
  archive: {},
  each: { for_each: { 'a"[b]`é': 1 }, input: "${each.value}" },
  key: { input: "${var.password}" },
  old: {},
  queue: { triggers_replace: ["one"] },
};

const variable = (value: string) => ({ password: { type: "string", sensitive: true, default: value } });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kept-plan-"));
  define({ variable: variable("old-password"), resource: { terraform_data: resources } });
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

/** Plans as `cdktf diff` does. */
async function planned(changed: object, blocks: object = {}, password = "old-password") {
  const unchanged: Record<string, unknown> = { ...resources, ...changed };
  const kept = Object.entries(unchanged).filter(([, value]) => value !== undefined);
  const resource = { terraform_data: Object.fromEntries(kept) };
  define({ variable: variable(password), resource, ...blocks });
  terraform("plan", "-input=false", "-lock=false", "-out", "plan");
  return plannedStack("service-dev", await keptPlan(folder));
}

const lines = ({ resources: all }: PlannedStack) => all.flatMap((one) => resourceLines(one));

describe("the plan that cdktf diff keeps", () => {
  it("is deleted when it has been read, because it has secrets", async () => {
    expect(await planned({})).toMatchObject({ resources: [], outputs: [], summary: "No changes." });
    expect(existsSync(join(folder, "plan"))).toBe(false);
  });

  it("fails with Terraform's reason if there is none", async () => {
    await expect(keptPlan(folder)).rejects.toThrow(/plan/);
    await expect(keptPlan(folder)).rejects.not.toMatchObject({ code: "ENOENT" });
  });

  it("shows each resource with what happens to it and why, destroyed ones first", async () => {
    const blocks = {
      moved: [{ from: "terraform_data.archive", to: "terraform_data.documents" }],
      import: [{ to: "terraform_data.imported", id: "an-id" }],
    };
    const stack = await planned(
      {
        api: { input: "two" },
        archive: undefined,
        documents: {},
        imported: {},
        new: {},
        old: undefined,
        queue: { triggers_replace: ["two"] },
      },
      blocks,
    );
    expect(lines(stack)).toEqual([
      "destroyed terraform_data.old",
      "replaced  terraform_data.queue (because of triggers_replace)",
      '    triggers_replace.0: "one" → "two"',
      "created   terraform_data.new",
      "changed   terraform_data.api",
      '    input: "one" → "two"',
      '    output: "one" → (known after apply)',
      "imported  terraform_data.imported",
      "moved     terraform_data.documents (moved from terraform_data.archive)",
    ]);
  });

  it("shows a resource that is only forgotten", async () => {
    const removed = [{ from: "terraform_data.old", lifecycle: [{ destroy: false }] }];
    expect(lines(await planned({ old: undefined }, { removed }))).toEqual([
      "forgotten terraform_data.old (stays in AWS and is no longer managed)",
    ]);
  });

  it("shows that a sensitive value changes, and never the value", async () => {
    const stack = await planned({}, {}, "new-password");
    expect(lines(stack)).toEqual([
      "changed   terraform_data.key",
      "    input: (sensitive value) → (sensitive value)",
      "    output: (sensitive value) → (known after apply)",
    ]);
    expect(JSON.stringify(stack)).not.toMatch(/(old|new)-password/);
  });

  it("shows an address with quotes, brackets and Unicode as it is", async () => {
    const each = { ...resources.each, for_each: { 'a"[b]`é': 2 } };
    expect(lines(await planned({ each }))[0]).toBe('changed   terraform_data.each["a\\"[b]`é"]');
  });

  it("names outputs that change", async () => {
    const { outputs, resources: all } = await planned(
      {},
      { output: { url: { value: "https://example.com" } } },
    );
    expect([outputs, all]).toEqual([["url"], []]);
  });
});
