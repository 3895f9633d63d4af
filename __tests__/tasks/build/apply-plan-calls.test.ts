import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyPlan } from "../../../tasks/build/apply-plan";
import type { Plan } from "../../../tasks/terraform/plan";

/** A Terraform that notes how it is called, shows the plan that a test gives it, and fails where it says so. */
let folder: string;
const path = process.env.PATH;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "apply-plan-calls-"));
  mkdirSync(join(folder, "bin"));
  terraform(`[ "$2" = show ] && exec /bin/cat "${folder}/now.json"; exit 0`);
  process.env.PATH = `${folder}/bin`;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

function terraform(script: string): void {
  const file = join(folder, "bin/terraform");
  writeFileSync(file, `#!/bin/sh\necho "$@" >> "${folder}/calls"\n${script}\n`);
  chmodSync(file, 0o755);
}

const plan = (...addresses: string[]): Plan => ({
  resource_changes: addresses.map((address) => ({
    address,
    change: { actions: ["delete"], before: {}, after: null, after_unknown: {} },
  })),
});

/** Applies what the plan that was read says, with another that Terraform makes now. */
async function apply(read: Plan, now: Plan, change: (digest: string) => string = (digest) => digest) {
  const file = join(folder, "plan.json");
  writeFileSync(file, JSON.stringify(read));
  writeFileSync(join(folder, "now.json"), JSON.stringify(now));
  return applyPlan("/stack", file, change(createHash("sha256").update(JSON.stringify(read)).digest("hex")));
}

const calls = () =>
  existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n") : [];

const planning = "-chdir=/stack plan -no-color -input=false -lock-timeout=20m -out=now.tfplan";
const showing = "-chdir=/stack show -json now.tfplan";

it("apply-plan plans, compares, and applies the plan that it compared, and waits for another run's lock", async () => {
  await expect(apply(plan("a.b"), plan("a.b"))).resolves.toBe("Applied the plan that was shown.");
  expect(calls()).toEqual([
    planning,
    showing,
    "-chdir=/stack apply -no-color -input=false -lock-timeout=20m now.tfplan",
  ]);
});

it.each([
  ["it can be applied", { applyable: true }, 3],
  ["Terraform does not say whether it can be applied", {}, 3],
  [
    "the state is not what is in the account",
    { applyable: false, resource_drift: plan("a.b").resource_changes! },
    3,
  ],
  ["nothing differs", { applyable: false }, 2],
  ["nothing differs, and Terraform says so", { applyable: false, resource_drift: [] }, 2],
])("apply-plan applies a plan without changes unless there is nothing to do: %s", async (_, now, called) => {
  await expect(apply({}, now)).resolves.toBe(
    called === 3
      ? "Applied the plan that was shown."
      : "Production is as the stack defines it: there is nothing to apply.",
  );
  expect(calls()).toHaveLength(called);
});

it("apply-plan applies nothing if the plan would now do more, and names everything", async () => {
  await expect(apply(plan("a.b"), plan("a.b", "c.d", "e.f"))).rejects.toThrow(
    new Error(
      "Production has changed since the plan was made. Nothing was applied, because deploying would now also\n" +
        "  - delete c.d\n  - delete e.f\nStart the pipeline again: the new plan shows it.",
    ),
  );
  expect(calls()).toEqual([planning, showing]);
});

it.each([
  [
    "none",
    () => "",
    /^PLAN_DIGEST is not set: .* Nothing was applied\. Deploy it with npm run bootstrap, and/,
  ],
  [
    "another",
    () => "0".repeat(64),
    /plan\.json is not the plan that was made: its digest is not 0{64}\. Nothing/,
  ],
  ["in capitals", (digest: string) => digest.toUpperCase(), /is not the plan that was made/],
  ["longer", (digest: string) => `${digest} `, /is not the plan that was made/],
])("apply-plan does not start Terraform if the digest is %s", async (_, change, message) => {
  await expect(apply(plan(), plan(), change)).rejects.toThrow(message);
  expect(calls()).toEqual([]);
});

it("apply-plan reads a plan larger than Node.js's default of one megabyte", async () => {
  const large = plan(...Array.from({ length: 20_000 }, (_, index) => `aws_lambda_function.number_${index}`));
  expect(JSON.stringify(large).length).toBeGreaterThan(2 ** 20);
  await expect(apply(large, large)).resolves.toMatch(/^Applied the plan/);
});

it.each([
  ["plan", `[ "$2" = plan ] && exit 3`, "terraform plan failed with exit code 3. Its output is above.", 1],
  [
    "apply",
    `[ "$2" = show ] && exec /bin/cat "${"$"}{0%/bin/*}/now.json"; [ "$2" = apply ] && exit 4`,
    "terraform apply failed with exit code 4. Its output is above.",
    3,
  ],
  ["killed plan", `kill -KILL $$`, "terraform plan failed with SIGKILL. Its output is above.", 1],
])("apply-plan fails as Terraform does: %s", async (_, script, message, called) => {
  terraform(`${script}\nexit 0`);
  await expect(apply(plan(), plan())).rejects.toThrow(message);
  expect(calls()).toHaveLength(called);
});

it("apply-plan fails if Terraform is missing or shows no plan", async () => {
  terraform(`[ "$2" = show ] && echo no JSON; exit 0`);
  await expect(apply(plan(), plan())).rejects.toThrow(SyntaxError);
  terraform(`[ "$2" = show ] && exit 1; exit 0`);
  await expect(apply(plan(), plan())).rejects.toThrow("Command failed: terraform");
  rmSync(join(folder, "bin/terraform"));
  await expect(apply(plan(), plan())).rejects.toThrow("ENOENT");
});
