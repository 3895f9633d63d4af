import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { beyond, PLAN_LIMIT, type Plan } from "../terraform/plan";
import { CommandFailed, execute, outputOf } from "../process";
import { runProgram } from "../program";

/** The plan made now, in the stack's folder. */
const NOW = "now.tfplan";

/**
 * Applies a stack if that does nothing but what a plan says that somebody could read before.
 *
 * The plan that was read is not applied itself: Terraform refuses it once the state has changed, as it has
 * when a run before this one was still deploying while the plan was made, or when an apply broke off and the
 * stage is retried; and it would apply it over what somebody has changed by hand since. So a new plan is made,
 * compared with the one that was read, and applied.
 *
 * @param folder the synthesized stack, where `terraform init` has run
 * @param file the plan that was read, as `terraform show -json` writes it
 * @param digest its SHA-256, which has not come the same way as the file
 * @throws Error when there is no digest, when the file is another one, or when the stack would now do more than it says
 */
export async function applyPlan(folder: string, file: string, digest: string): Promise<string> {
  if (digest === "") {
    throw new Error(
      "PLAN_DIGEST is not set: the pipeline that is deployed has no step PlanOnProd. Nothing was applied. Deploy it with npm run bootstrap, and start it again.",
    );
  }
  const text = await readFile(file);
  if (createHash("sha256").update(text).digest("hex") !== digest) {
    throw new Error(
      `${file} is not the plan that was made: its digest is not ${digest}. Nothing was applied.`,
    );
  }
  // Another run may hold the lock for as long as it deploys.
  await terraform(folder, "plan", "-input=false", "-lock-timeout=20m", `-out=${NOW}`);
  const more = beyond(await planned(folder), JSON.parse(text.toString()) as Plan);
  if (more.length > 0) {
    throw new Error(
      "Production has changed since the plan was made. Nothing was applied, because deploying would now also\n" +
        more.map((line) => `  - ${line}`).join("\n") +
        "\nStart the pipeline again: the new plan shows it.",
    );
  }
  await terraform(folder, "apply", "-input=false", "-lock-timeout=20m", NOW);
  return "What was applied is what the plan said.";
}

async function planned(folder: string): Promise<Plan> {
  const json = await outputOf("terraform", [`-chdir=${folder}`, "show", "-json", NOW], { limit: PLAN_LIMIT });
  return JSON.parse(json) as Plan;
}

async function terraform(folder: string, command: string, ...args: string[]): Promise<void> {
  const exit = await execute("terraform", [`-chdir=${folder}`, command, "-no-color", ...args]);
  if (exit !== 0) throw new CommandFailed(`terraform ${command}`, exit);
}

// Stryker disable all: only a program gets here, and what a test starts as a program counts as not reached.
if (require.main === module) {
  const [folder = "", file = ""] = process.argv.slice(2);
  runProgram(async () => console.log(await applyPlan(folder, file, process.env.PLAN_DIGEST ?? "")));
}
