import { rmSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../process";
import { PLAN_LIMIT, type Plan } from "./plan";

/** The file in a stack's folder in which `cdktf diff` keeps its plan. */
export const KEPT = "plan";

/**
 * Reads the plan in a stack's folder, and removes its file: it holds secrets.
 *
 * @param folder the stack's folder
 */
export async function keptPlan(folder: string): Promise<Plan> {
  try {
    const json = await outputOf("terraform", [`-chdir=${folder}`, "show", "-json", KEPT], {
      limit: PLAN_LIMIT,
    });
    return JSON.parse(json) as Plan;
  } finally {
    rmSync(join(folder, KEPT), { force: true });
  }
}
