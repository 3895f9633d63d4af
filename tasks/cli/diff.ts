/**
 * Plans every stack, and shows what a reviewer has to know first: `npm run diff`, on your machine and in pull requests.
 * Changes nothing. Exits with 0 without changes, 1 after an error, 2 with changes.
 *
 *   npm run diff                    synthesizes what is checked out, and plans that
 *   npm run diff -- --from FOLDER   plans stacks that were synthesized elsewhere, in the `cdktf.out` of another
 *                                   clone, as data: none of its code runs here
 *   npm run diff -- --full          also prints every attribute, and each plan as Terraform shows it
 *   npm run diff -- --json          prints data for programs; --markdown prints the comment of a pull request
 */
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { stackIds } from "../../stacks/names";
import { deployedByBuilds, receiveStacks, stackChanges } from "../barrier/received-stacks";
import { bundle } from "../bundle/bundle";
import { addedPermissions, changedDefinition, checkCredentials, stacksWithState } from "../diff/account";
import { reportMarkdown } from "../diff/markdown";
import { installProviders } from "../diff/providers";
import { statusOf, type DiffReport } from "../diff/report";
import { diffStack, type DiffRun } from "../diff/stack-diff";
import { reportText } from "../diff/text";
import { runProgram } from "../program";
import { out, synthesize } from "../terraform/cdktf";
import { refuseOtherBuckets, synthesizedStacks } from "../terraform/synth-output";

async function main(): Promise<void> {
  const { from, full, json, markdown } = parseArgs({
    options: {
      from: { type: "string" },
      full: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
    },
  }).values;
  loadEnvFile();
  const report = await diff(from, full);
  if (json) console.log(JSON.stringify(report, null, 2));
  else console.log(markdown ? reportMarkdown(report) : reportText(report, full));
  process.exitCode = statusOf(report);
}

async function diff(from: string | undefined, isFull: boolean): Promise<DiffReport> {
  const settings = readSettings();
  console.error("Bundling the functions.");
  await bundle();
  await synthesize();
  const bootstrapOnly = from === undefined ? [] : await stackChanges(stackIds.state, from, out);
  if (from !== undefined) await receiveStacks(deployedByBuilds(settings), from, out, settings);
  refuseOtherBuckets();
  const at = await checkCredentials();
  const deployed = await stacksWithState(settings);
  const stacks = synthesizedStacks();
  await installProviders(stackIds.pipeline);
  // Results go to standard output, everything else to standard error.
  console.error(`Planning ${stacks.join(", ")} …`);
  const [runs, permissions, definition] = await Promise.all([
    Promise.all(stacks.map((stack) => diffStack(stack))),
    addedPermissions(at, stacks),
    changedDefinition(settings),
  ]);
  for (const run of runs) if (isFull || "error" in run.diff) showOutput(run);
  return {
    stacks: runs.map((run) => run.diff),
    permissions,
    definition,
    onlyInState: deployed.filter((stack) => !stacks.includes(stack)),
    withoutState: stacks.filter((stack) => !deployed.includes(stack)),
    bootstrapOnly,
  };
}

function showOutput({ diff: { stack }, output }: DiffRun): void {
  console.error(`\n== ${stack}\n${output}`);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main);
