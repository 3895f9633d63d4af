import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildSync } from "esbuild";

/** The task as a build has it: one file. */
let task: string;
/** A stack of resources that Terraform brings along itself, with its state beside it. */
let folder: string;

beforeAll(() => {
  task = join(mkdtempSync(join(tmpdir(), "apply-plan-task-")), "apply-plan.js");
  buildSync({
    entryPoints: [join(__dirname, "../../../tasks/build/apply-plan.ts")],
    outfile: task,
    bundle: true,
    platform: "node",
  });
});
afterAll(() => rmSync(dirname(task), { recursive: true, force: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "apply-plan-"));
  define({ api: "one" });
  terraform("init", "-input=false");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function define(resources: Record<string, string>): void {
  const terraform_data = Object.fromEntries(
    Object.entries(resources).map(([name, input]) => [name, { input }]),
  );
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ resource: { terraform_data } }));
}

function terraform(...args: string[]): string {
  return execFileSync("terraform", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

/** Makes a plan as PlanOnProd does. */
function plan(): { file: string; digest: string } {
  terraform("plan", "-input=false", "-lock=false", "-out=plan.tfplan");
  const file = join(folder, "plan.json");
  writeFileSync(file, terraform("show", "-json", "plan.tfplan"));
  return { file, digest: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

/** Applies it as DeployOnProd does. */
function apply({ file, digest }: { file: string; digest: string }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [task, folder, file], {
    encoding: "utf8",
    env: { ...process.env, PLAN_DIGEST: digest },
  });
  return { status, stdout, stderr };
}

function deployed(): Record<string, string> {
  const { values } = JSON.parse(terraform("show", "-json")) as {
    values?: { root_module: { resources: { name: string; values: { input: string } }[] } };
  };
  return Object.fromEntries(
    (values?.root_module.resources ?? []).map(({ name, values }) => [name, values.input]),
  );
}

it("an approved plan is applied", () => {
  expect(apply(plan())).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/Applied the plan that was shown\.\n$/) as string,
  });
  expect(deployed()).toEqual({ api: "one" });
});

it("a plan without changes is not applied", () => {
  terraform("apply", "-auto-approve");
  expect(apply(plan())).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/there is nothing to apply\.\n$/) as string,
  });
});

it("a plan that changes nothing but an output is applied", () => {
  terraform("apply", "-auto-approve");
  writeFileSync(join(folder, "output.tf.json"), JSON.stringify({ output: { api: { value: "one" } } }));
  expect(apply(plan()).status).toBe(0);
  expect(terraform("output", "-raw", "api")).toBe("one");
});

it("a plan is applied if another deployment has done part of it meanwhile", () => {
  terraform("apply", "-auto-approve");
  define({ api: "three", bucket: "new" });
  const planned = plan();
  // The run before this one was still deploying when that plan was made.
  define({ api: "two", bucket: "new" });
  terraform("apply", "-auto-approve");
  define({ api: "three", bucket: "new" });
  expect(() => terraform("apply", "plan.tfplan")).toThrow(/Saved plan is stale/);
  expect(apply(planned).status).toBe(0);
  expect(deployed()).toEqual({ api: "three", bucket: "new" });
});

it("nothing that is not in the plan is applied, and the error names it", () => {
  terraform("apply", "-auto-approve");
  define({ api: "two" });
  const planned = plan();
  // Another deployment has added what this commit does not have.
  define({ api: "one", other: "by hand" });
  terraform("apply", "-auto-approve");
  define({ api: "two" });
  expect(apply(planned)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /Production has changed.*Nothing was applied.*\n {2}- delete terraform_data\.other\n.*Start the pipeline again/,
    ) as string,
  });
  expect(deployed()).toEqual({ api: "one", other: "by hand" });
});

it("a plan that was changed after the approval is refused", () => {
  const planned = plan();
  appendFileSync(planned.file, " ");
  expect(apply(planned)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/is not the plan that was made.*Nothing was applied/) as string,
  });
  expect(deployed()).toEqual({});
});

it("a missing plan of an earlier pipeline is distinguished from a wrong one", () => {
  expect(apply({ ...plan(), digest: "" })).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/no step PlanOnProd.*npm run bootstrap/) as string,
  });
  expect(deployed()).toEqual({});
});

it("a failed apply can be repeated with the same plan", () => {
  // What it takes is only asked for in the apply, when the other resource is there.
  const condition = '${terraform_data.api.id == "" ? false : fileexists("gate")}';
  const precondition = { condition, error_message: "the gate is shut" };
  writeFileSync(
    join(folder, "later.tf.json"),
    JSON.stringify({
      resource: { terraform_data: { later: { input: "one", lifecycle: { precondition } } } },
    }),
  );
  const planned = plan();
  expect(apply(planned)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /the gate is shut[^]*terraform apply failed with exit code 1\. Its output is above/,
    ) as string,
  });
  expect(deployed()).toEqual({ api: "one" });
  writeFileSync(join(folder, "gate"), "");
  expect(apply(planned).status).toBe(0);
  expect(deployed()).toEqual({ api: "one", later: "one" });
});
