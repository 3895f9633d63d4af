import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { summaryOf } from "../../../tasks/build/plan-summary";
import { notInPlan, type Plan } from "../../../tasks/terraform/plan";

/** A stack of resources that Terraform brings along itself, with its state beside it. */
let folder: string;
/** The plan of nothing new. */
let read: Plan;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plan-summary-"));
  define({ resource: resources("api", "bucket") });
  terraform("init", "-input=false");
  terraform("apply", "-auto-approve");
  read = plan();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const resources = (...names: string[]) => ({
  terraform_data: Object.fromEntries(names.map((name) => [name, { input: "one" }])),
});

function define(stack: object): void {
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(stack));
}

function terraform(...args: string[]): string {
  return execFileSync("terraform", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

function plan(): Plan {
  terraform("plan", "-input=false", "-lock=false", "-out=plan.tfplan");
  return JSON.parse(terraform("show", "-json", "plan.tfplan")) as Plan;
}

it("the summary reports that nothing changes", () => {
  expect(summaryOf(read)).toBe("No changes.");
});

it("the summary shows a resource that only moves, for which Terraform's line has three zeros", () => {
  define({
    resource: resources("gateway", "bucket"),
    moved: [{ from: "terraform_data.api", to: "terraform_data.gateway" }],
  });
  const moving = plan();
  expect(terraform("show", "-no-color", "plan.tfplan")).toContain(
    "Plan: 0 to add, 0 to change, 0 to destroy.",
  );
  expect(summaryOf(moving)).toBe(
    "Plan: 0 to add, 0 to change, 0 to destroy, 1 to move. It moves terraform_data.api to terraform_data.gateway.",
  );
  expect(notInPlan(moving, read)).toEqual(["move terraform_data.api to terraform_data.gateway"]);
  expect(notInPlan(moving, moving)).toEqual([]);
});

it("the summary shows a resource that is only removed from the state, which is applied only if approved", () => {
  define({
    resource: resources("bucket"),
    removed: [{ from: "terraform_data.api", lifecycle: { destroy: false } }],
  });
  const forgetting = plan();
  expect(summaryOf(forgetting)).toBe(
    "Plan: 0 to add, 0 to change, 0 to destroy, 1 to forget. It forgets terraform_data.api, which stays in AWS and is no longer managed.",
  );
  expect(notInPlan(forgetting, read)).toEqual(["forget terraform_data.api"]);
  expect(notInPlan(forgetting, forgetting)).toEqual([]);
});

it("the summary names an import, which changes nothing in AWS", () => {
  define({
    resource: { terraform_data: { api: { input: "one" }, bucket: { input: "one" }, taken: {} } },
    import: [{ to: "terraform_data.taken", id: "an-id" }],
  });
  const importing = plan();
  expect(summaryOf(importing)).toBe(
    "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy. It imports terraform_data.taken.",
  );
  expect(notInPlan(importing, read)).toEqual(["import terraform_data.taken"]);
});

it("the summary counts as Terraform does, a replacement as one of each, and names outputs", () => {
  define({
    resource: {
      terraform_data: {
        api: { input: "two" },
        bucket: { input: "one", triggers_replace: "now" },
        queue: {},
      },
    },
    output: { url: { value: "https://example.com" } },
  });
  const changing = plan();
  expect(terraform("show", "-no-color", "plan.tfplan")).toContain(
    "Plan: 2 to add, 1 to change, 1 to destroy.",
  );
  expect(summaryOf(changing)).toBe(
    "Plan: 2 to add, 1 to change, 1 to destroy, 1 output to change. It changes the output url.",
  );
});

it("the summary leaves room for the rest of the approval's 1,000 characters, and counts what it omits", () => {
  const many: Plan = {
    resource_changes: Array.from({ length: 300 }, (_, index) => ({
      address: `aws_lambda_function.after_${index}`,
      previous_address: `aws_lambda_function.before_${index}`,
      change: { actions: ["no-op"], before: {}, after: {}, after_unknown: {} },
    })),
  };
  const summary = summaryOf(many);
  expect(summary).toMatch(/^Plan: .*, 300 to move\. It moves .*; and 29\d more: see the full plan\.$/);
  expect(summary.length).toBeLessThan(650);
});
