/**
 * What reads a plan, the stack that was planned, or its roles, with so many resources: prints the milliseconds of each
 * as JSON. `npm run bench -- plans` starts it, after synth: `large-plans.ts RESOURCES`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enlarged, planOf } from "./large-plan";
import { readSettings } from "../settings";
import { stackIds } from "../stacks/names";
import { readStackJson, type JsonObject } from "../stacks/stack-json";
import { stackProblems } from "../tasks/barrier/check-stack";
import { definitionChange } from "../tasks/barrier/definition-change";
import { expectedOf } from "../tasks/barrier/expected";
import { comparisonOf } from "../tasks/build/comparison";
import { summaryOf } from "../tasks/build/plan-summary";
import { addedToRole, synthesizedRoles } from "../tasks/permissions/role";
import { runProgram } from "../tasks/program";
import { notInPlan } from "../tasks/terraform/plan";

const at = { partition: "aws", region: "eu-west-1", accountId: "111122223333" };

function main(resources: number): void {
  const settings = readSettings();
  const production = stackIds.service("prod");
  const service = enlarged(synthesized(production), resources);
  const pipeline = enlarged(synthesized(stackIds.pipeline), resources);
  const [plan, text] = [planOf(service), JSON.stringify(service, undefined, 2)];
  const folder = mkdtempSync(join(tmpdir(), "large-plans-"));
  try {
    mkdirSync(join(folder, "cdktf.out/stacks/pipeline"), { recursive: true });
    writeFileSync(join(folder, "cdktf.out/stacks/pipeline/cdk.tf.json"), JSON.stringify(pipeline));
    const times = {
      summary: timed(() => [summaryOf(plan), comparisonOf(plan)]),
      apply: timed(() => notInPlan(plan, planOf(service))),
      check: timed(() => stackProblems(production, readStackJson(text), expectedOf(production, settings))),
      change: timed(() => definitionChange(synthesized(stackIds.pipeline), pipeline, 1000)),
      permissions: timed(() => {
        const roles = synthesizedRoles(stackIds.pipeline, at, folder);
        return roles.flatMap((role) => addedToRole(role, role));
      }),
    };
    console.log(JSON.stringify(times));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function synthesized(stack: string): JsonObject {
  return readStackJson(readFileSync(join("cdktf.out/stacks", stack, "cdk.tf.json"), "utf8"));
}

function timed(work: () => unknown): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}

runProgram(() => main(Number(process.argv[2])));
