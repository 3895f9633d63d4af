import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { notInPlan, PLAN_LIMIT, type Plan } from "../terraform/plan";
import { CommandFailed, execute, outputOf } from "../process";
import { runProgram } from "../program";

/** The new plan, in the stack's folder. */
const NOW = "now.tfplan";

/**
 * Applies a stack if that does only what an earlier plan shows.
 *
 * The earlier plan itself is not applied: Terraform refuses it once the state has changed, as it has when another run was
 * still deploying while the plan was made, or when the stage is retried after an interrupted apply; and it would
 * overwrite changes by hand. So this makes a new plan, compares it with the earlier one, and applies the new one.
 *
 * @param folder the synthesized stack, where `terraform init` has run
 * @param file the earlier plan, as `terraform show -json` writes it
 * @param digest its SHA-256, which came another way than the file
 * @throws Error when the digest is missing or differs, or when the apply would do more than the plan shows
 */
export async function applyPlan(folder: string, file: string, digest: string): Promise<string> {
  if (digest === "") {
    throw new Error(
      "PLAN_DIGEST is not set: the deployed pipeline has no step PlanOnProd. Nothing was applied. Deploy it with npm run bootstrap, and start it again.",
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
  const now = await planned(folder);
  const more = notInPlan(now, JSON.parse(text.toString()) as Plan);
  if (more.length > 0) {
    throw new Error(
      "Production has changed since the plan was made. Nothing was applied, because deploying would now also\n" +
        more.map((line) => `  - ${line}`).join("\n") +
        "\nStart the pipeline again: the new plan shows it.",
    );
  }
  // An apply still keeps in the state what has changed in the account without being a change of the plan.
  if (now.applyable === false && !now.resource_drift?.length)
    return "Production is as the stack defines it: there is nothing to apply.";
  await terraform(folder, "apply", "-input=false", "-lock-timeout=20m", NOW);
  return "Applied the plan that was shown.";
}

async function planned(folder: string): Promise<Plan> {
  const json = await outputOf("terraform", [`-chdir=${folder}`, "show", "-json", NOW], { limit: PLAN_LIMIT });
  return JSON.parse(json) as Plan;
}

async function terraform(folder: string, command: string, ...args: string[]): Promise<void> {
  const exit = await execute("terraform", [`-chdir=${folder}`, command, "-no-color", ...args]);
  if (exit !== 0) throw new CommandFailed(`terraform ${command}`, exit);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  const [folder = "", file = ""] = process.argv.slice(2);
  runProgram(async () => console.log(await applyPlan(folder, file, process.env.PLAN_DIGEST ?? "")));
}
