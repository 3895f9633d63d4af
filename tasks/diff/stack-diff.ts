import { rmSync } from "node:fs";
import { join } from "node:path";
import { visible } from "../../stacks/visible-text";
import { summaryOf } from "../build/plan-summary";
import { root } from "../command";
import { capture } from "../process";
import { cdktfEnvironment } from "../terraform/cdktf";
import { KEPT, keptPlan } from "../terraform/kept-plan";
import { isQuiet, type Plan } from "../terraform/plan";
import { resources, stackFolder } from "../terraform/synth-output";
import {
  changedResources,
  driftedResources,
  type ChangedResource,
  type DriftedResource,
  type SetArguments,
} from "./changed-resource";
import { failureMessage } from "./failure";
import { setArguments } from "./set-arguments";

/** What a plan does in a stack. */
export interface PlannedStack {
  readonly stack: string;
  /** The plan summary, as an approval shows it. */
  readonly summary: string;
  readonly resources: readonly ChangedResource[];
  /** The names of the outputs that change. */
  readonly outputs: readonly string[];
  readonly drift: readonly DriftedResource[];
}

/** A stack that could not be planned. */
export interface FailedStack {
  readonly stack: string;
  readonly error: string;
}

export type StackDiff = PlannedStack | FailedStack;

/** A stack's plan as data, and what `cdktf diff` printed. */
export interface DiffRun {
  readonly diff: StackDiff;
  readonly output: string;
}

/** Plans a synthesized stack with `cdktf diff`, which changes nothing. A stack that fails does not stop the others. */
export async function diffStack(stack: string): Promise<DiffRun> {
  const { exit, output } = await capture(
    join(root, "node_modules/.bin/cdktf"),
    ["diff", stack, "--skip-synth", "--skip-provider-lock"],
    {
      cwd: root,
      // A plan for reading needs no lock, and the role of a pull request could not take one. The file is the one that
      // cdktf names too: here it is read.
      env: { ...cdktfEnvironment(), CI: "true", TF_CLI_ARGS_plan: "-lock=false" },
    },
  );
  if (exit !== 0) {
    // Of an earlier diff that was interrupted.
    rmSync(join(stackFolder(stack), KEPT), { force: true });
    return { diff: { stack, error: failureMessage(exit, output) }, output };
  }
  try {
    const plan = await keptPlan(stackFolder(stack));
    return { diff: plannedStack(stack, plan, setArguments(resources(stack))), output };
  } catch (error) {
    return { diff: { stack, error: `The plan cannot be read: ${(error as Error).message}` }, output };
  }
}

/** Returns a plan as data. */
export function plannedStack(stack: string, plan: Plan, set?: SetArguments): PlannedStack {
  const outputs = Object.entries(plan.output_changes ?? {});
  return {
    stack,
    summary: visible(summaryOf(plan)),
    resources: changedResources(plan),
    outputs: outputs.filter(([, { actions }]) => !isQuiet(actions)).map(([name]) => visible(name)),
    drift: driftedResources(plan, set),
  };
}
