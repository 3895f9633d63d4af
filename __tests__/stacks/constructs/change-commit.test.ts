import { DataResource, TerraformOutput, TerraformStack, Testing } from "cdktf";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChangeCommit } from "../../../stacks/constructs/change-commit";
import { isEmpty, type Plan } from "../../../tasks/terraform/plan";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "change-commit-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const terraform = (...args: string[]) =>
  execFileSync("terraform", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });

/** Plans a stack in which something that has a value reads the commit that changed it. @returns the plan */
function plan(value: string, commit: string): Plan {
  const stack = new TerraformStack(Testing.app(), "stack");
  const changed = new ChangeCommit(stack, "changed", { of: { value, list: ["same"] }, commit });
  new DataResource(stack, "reader").addOverride("input", `${changed.value} of ${value}`);
  new TerraformOutput(stack, "commit", { value: changed.value });
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(stack.toTerraform()));
  terraform("init", "-input=false");
  terraform("plan", "-input=false", "-out=plan.tfplan");
  return JSON.parse(terraform("show", "-json", "plan.tfplan")) as Plan;
}

const deployed = () => terraform("output", "-raw", "commit");

it("the commit of a change stays until the next change, and is in its plan", () => {
  plan("one", "aaa");
  terraform("apply", "plan.tfplan");
  expect(deployed()).toBe("aaa");

  expect(isEmpty(plan("one", "bbb"))).toBe(true);
  terraform("apply", "plan.tfplan");
  expect(deployed()).toBe("aaa");

  const changing = plan("two", "ccc");
  expect(changing.output_changes?.commit).toMatchObject({ actions: ["update"], after: "ccc" });
  expect(changing.resource_changes?.find(({ address }) => address === "terraform_data.reader")).toMatchObject(
    { change: { actions: ["update"], after: { input: "ccc of two" } } },
  );
  terraform("apply", "plan.tfplan");
  expect(deployed()).toBe("ccc");
});
