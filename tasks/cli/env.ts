/**
 * Branch environments, besides those of the pipeline:
 *
 *   npm run env -- list                lists them
 *   npm run env -- up [BRANCH]         deploys the checked-out branch; one that matches pipeline_branches gets a
 *                                      branch pipeline that does so from then on
 *   npm run env -- up BRANCH --from FOLDER
 *                                      deploys stacks of the branch that were synthesized elsewhere, as data
 *   npm run env -- down [BRANCH]       removes it, after a confirmation
 *   npm run env -- down --gone         does so for each whose branch is not on origin
 *   npm run env -- settings [BRANCH]   prints its settings, for the other commands
 */
import { S3Client } from "@aws-sdk/client-s3";
import { parseArgs } from "node:util";
import { asEnvironment, loadEnvFile, readSettings, type Settings } from "../../settings";
import { namesOfStack, stackIds } from "../../stacks/names";
import { branchSettings } from "../branches/settings";
import { allBranches, type BranchStacks } from "../branches/stacks";
import { currentBranch, remoteBranches } from "../branches/branches";
import { envUp } from "../branches/env-up";
import { envDown } from "../branches/env-down";
import { runProgram } from "../program";

const USAGE =
  "Usage: npm run env -- list | up [BRANCH] | up BRANCH --from FOLDER | down [BRANCH] | down --gone | settings [BRANCH]";

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { gone: { type: "boolean", default: false }, from: { type: "string" } },
  });
  const [command, branch, ...rest] = positionals;
  if (rest.length > 0 || (values.gone && (command !== "down" || branch !== undefined)))
    throw new Error(USAGE);
  if (values.from !== undefined && (command !== "up" || branch === undefined)) throw new Error(USAGE);
  loadEnvFile();
  const settings = readSettings();
  const s3 = new S3Client();
  switch (command) {
    case "list":
      if (branch !== undefined) throw new Error(USAGE);
      return list(await allBranches(s3, settings), await remoteBranches(settings.pipeline_githubBranch));
    case "up":
      return envUp(s3, settings, branch ?? (await checkedOut()), values.from);
    case "down":
      if (values.gone) return envDownGone(s3, settings);
      return envDown(s3, settings, branch ?? (await checkedOut()));
    case "settings":
      return printSettings(branchSettings(settings, branch ?? (await checkedOut())));
    default:
      throw new Error(USAGE);
  }
}

async function checkedOut(): Promise<string> {
  const branch = await currentBranch();
  if (branch === undefined) throw new Error("No branch is checked out: name one.");
  return branch;
}

function list(all: readonly BranchStacks[], remote: ReadonlySet<string>): void {
  if (all.length === 0) console.log("No branch has an environment.");
  for (const one of all) console.log(describe(one, remote));
}

/** Describes a branch environment in a line. */
export function describe(one: BranchStacks, remote: ReadonlySet<string>): string {
  if (one.branch === undefined)
    return `${one.name}: created in part; run npm run env -- up or down for its branch`;
  return [
    `${one.branch}: ${one.environment}`,
    `since ${one.since?.toISOString()}`,
    one.address ?? "not deployed yet",
    one.stacks.includes(stackIds.pipeline)
      ? `delivered by ${namesOfStack(one.name).pipeline}`
      : `deployed by hand as ${one.name}`,
    ...(remote.has(one.branch) ? [] : ["its branch is not on origin"]),
  ].join(", ");
}

/** Removes each environment after its own confirmation; a refusal does not stop the others. */
async function envDownGone(s3: S3Client, settings: Settings): Promise<void> {
  const remote = await remoteBranches(settings.pipeline_githubBranch);
  const gone = (await allBranches(s3, settings)).flatMap(({ branch }) =>
    branch === undefined || remote.has(branch) ? [] : [branch],
  );
  if (gone.length === 0) console.log("Every environment has its branch on origin.");
  const kept: string[] = [];
  for (const branch of gone) {
    await envDown(s3, settings, branch).catch((error: Error) => {
      console.error(error.message);
      kept.push(branch);
    });
  }
  if (kept.length > 0) throw new Error(`Not removed: ${kept.join(", ")}.`);
}

/** No setting contains a space: `env $(npm run --silent env -- settings BRANCH) npm run state:unlock`. */
function printSettings(settings: Settings): void {
  for (const [name, value] of Object.entries(asEnvironment(settings))) console.log(`${name}=${value}`);
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main, ({ message }) => `\n${message}`);
