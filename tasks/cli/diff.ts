/**
 * Plans every stack, and shows a summary: `npm run diff`, on your machine and in pull requests. Changes nothing.
 *
 *   npm run diff                    synthesizes what is checked out, and plans that
 *   npm run diff -- --from FOLDER   plans stacks that were synthesized elsewhere, in the `cdktf.out` of another
 *                                   clone, as data: none of its code runs here
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { stackIds } from "../../stacks/names";
import { bundle } from "../bundle/bundle";
import { cdktfEnvironment, out, synthesize } from "../terraform/cdktf";
import { root } from "../command";
import { summaryOf } from "../build/plan-summary";
import { deployedByBuilds, receiveStacks, stackChanges } from "../barrier/received-stacks";
import { refuseOtherBuckets, stackFolder, synthesizedStacks } from "../terraform/synth-output";
import { PLAN_LIMIT, type Plan } from "../terraform/plan";
import { execute, outputOf } from "../process";
import { runProgram } from "../program";

/** How many changes of the state stack are listed. */
const SHOWN = 20;

/** The file in a stack's folder in which `cdktf diff` keeps its plan. */
const KEPT = "plan";

interface Diff {
  readonly stack: string;
  readonly outcome: string;
  readonly failed: boolean;
}

async function main(): Promise<void> {
  const { from } = parseArgs({ options: { from: { type: "string" } } }).values;
  loadEnvFile();
  const settings = readSettings();
  console.log("Bundling the functions.");
  await bundle();
  await synthesize();
  const changes = from === undefined ? [] : await stackChanges(stackIds.state, from, out);
  if (from !== undefined) await receiveStacks(deployedByBuilds(settings), from, out, settings);
  refuseOtherBuckets();
  const diffs: Diff[] = [];
  // One after the other: side by side their output would be unreadable.
  for (const stack of synthesizedStacks()) diffs.push(await diff(stack));
  console.log("\nSummary");
  for (const { stack, outcome } of diffs) console.log(`  ${stack.padEnd(14)} ${outcome}`);
  if (changes.length > 0) {
    const more = changes.length > SHOWN ? ` and ${changes.length - SHOWN} more` : "";
    console.log(
      `\nThe state stack is planned as it is here. The stacks from ${from} change in it ` +
        `${changes.slice(0, SHOWN).join(", ")}${more}, which only npm run bootstrap deploys.`,
    );
  }
  if (diffs.some(({ failed }) => failed)) process.exitCode = 1;
}

async function diff(stack: string): Promise<Diff> {
  console.log(`\n== ${stack}`);
  const exit = await execute(
    join(root, "node_modules/.bin/cdktf"),
    ["diff", stack, "--skip-synth", "--skip-provider-lock"],
    {
      cwd: root,
      // A plan for reading needs no lock, and the role of a pull request could not take one.
      env: { ...cdktfEnvironment(), TF_CLI_ARGS_plan: "-lock=false" },
      stdout: "pipe",
    },
  );
  const failed = exit !== 0;
  return { stack, outcome: failed ? "failed, see above" : await summarize(stackFolder(stack)), failed };
}

/**
 * Returns all that the kept plan of a stack does, in one line, and removes the plan: it holds secrets.
 *
 * @param folder the stack's folder, after `cdktf diff`
 */
export async function summarize(folder: string): Promise<string> {
  try {
    const json = await outputOf("terraform", [`-chdir=${folder}`, "show", "-json", KEPT], {
      limit: PLAN_LIMIT,
    });
    return summaryOf(JSON.parse(json) as Plan);
  } finally {
    rmSync(join(folder, KEPT), { force: true });
  }
}

if (require.main === module) runProgram(main);
