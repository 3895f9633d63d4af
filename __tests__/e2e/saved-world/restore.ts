import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Harness, root } from "../harness";
import { everything } from "./everything";
import { SavedWorlds } from "./saved-worlds";

/** The settings of the saved world. Rollouts, approvals and the position of SelfUpdate have their own tests. */
export const WORLD = {
  pipeline_manual_approval: "false",
  pipeline_rollout: "AllAtOnce",
  pipeline_self_update: "after-unit-test",
};

/** In a world's folder: everything that the account and GitHub answered when it was saved. */
export const EVERYTHING = "everything.json";

/** Returns the folder of this commit's world. */
export function savedWorld(): Promise<string> {
  return new SavedWorlds(root).get(makeWorld);
}

/**
 * Restores a pipeline that was bootstrapped once for this commit, with the settings of `WORLD`, and, as
 * `delivered`, has delivered the clone's commit to production. The first test that needs it creates it.
 *
 * @param settings the clone's settings from now on; the next bootstrap deploys them
 */
export async function restore<H extends Harness>(
  Class: Parameters<typeof Harness.open<H>>[0],
  state: "bootstrapped" | "delivered",
  settings: Readonly<Record<string, string>> = WORLD,
): Promise<H> {
  return Harness.open(Class, { settings, saved: join(await savedWorld(), state) });
}

/** Bootstraps a pipeline and delivers a commit, and saves it after each of the two. */
async function makeWorld(folder: string): Promise<void> {
  const harness = await Harness.start(WORLD, undefined, true);
  try {
    const { session } = harness;
    const { executions } = session.aws.codepipeline.get(session.pipeline);
    // Creating the pipeline has started an execution, which fails: the branch is not on GitHub yet.
    await harness.eventually("the first execution ends", () => executions.every(({ isActive }) => !isActive));
    await session.save(join(folder, "bootstrapped"));
    const [run] = await harness.ended(await harness.push());
    if (run?.status !== "Succeeded") throw new Error(await harness.log(run!));
    writeFileSync(join(folder, EVERYTHING), await settled(harness), { mode: 0o600 });
    await session.save(join(folder, "delivered"));
  } finally {
    await harness.stop();
  }
}

/** Returns everything as JSON, once it stays the same: functions handle the last events after the execution has ended. */
function settled(harness: Harness): Promise<string> {
  let before = "";
  return harness.eventually("the functions have handled the last events", async () => {
    const now = JSON.stringify(await everything(harness));
    if (now === before) return now;
    before = now;
    await pause(5_000);
    return undefined;
  });
}
