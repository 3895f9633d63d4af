/**
 * Shows what was changed in AWS or on GitHub outside of Terraform, and repairs it:
 *
 *   npm run drift                      compares the deployed stacks with the account; exits with 0 if nothing differs,
 *                                      1 after an error, 2 if something differs
 *   npm run drift -- --repair STACK    shows what a repair would change, and applies it after a confirmation
 */
import { CodeBuildClient } from "@aws-sdk/client-codebuild";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings, type Settings } from "../../settings";
import { stackIds } from "../../stacks/names";
import { bundle } from "../bundle/bundle";
import { confirm } from "../confirm";
import { checkCredentials, stacksWithState } from "../diff/account";
import { driftStatus, driftText, refuseMoreThanDrift, repairText } from "../diff/drift";
import { installProviders } from "../diff/providers";
import { isPlanned } from "../diff/report";
import { diffStack } from "../diff/stack-diff";
import { runProgram, UsageError } from "../program";
import { deploy, synthesize } from "../terraform/cdktf";
import { refuseWhileBuilding, runningBuilds } from "../terraform/state-locks";
import { refuseOtherBuckets, synthesizedStacks } from "../terraform/synth-output";

async function main(): Promise<void> {
  const wanted = readOptions();
  loadEnvFile();
  const settings = readSettings();
  console.error("Bundling the functions.");
  await bundle();
  await synthesize();
  refuseOtherBuckets();
  await checkCredentials();
  const deployed = await stacksWithState(settings);
  const stacks = synthesizedStacks().filter((stack) => deployed.includes(stack));
  if (wanted !== undefined && !stacks.includes(wanted))
    throw new Error(`There is no deployed stack ${JSON.stringify(wanted)}, only ${stacks.join(", ")}.`);
  await installProviders(stackIds.pipeline);
  if (wanted !== undefined) return repair(wanted, settings);
  console.error(`Comparing ${stacks.join(", ")} …`);
  const report = {
    // What differs from the state, whatever the checked-out commit would change.
    stacks: (await Promise.all(stacks.map((stack) => diffStack(stack)))).map(({ diff }) => diff),
    onlyInState: deployed.filter((stack) => !stacks.includes(stack)),
  };
  console.log(driftText(report));
  process.exitCode = driftStatus(report);
}

async function repair(stack: string, { hw_stack_name: stackName }: Settings): Promise<void> {
  console.error(`Planning ${stack} …`);
  const { diff } = await diffStack(stack);
  if (!isPlanned(diff)) throw new Error(`${stack} could not be planned: ${diff.error}`);
  refuseMoreThanDrift(diff);
  console.log(repairText(diff));
  const codebuild = new CodeBuildClient();
  const recheck = async () =>
    refuseWhileBuilding("Not repaired", stack, await runningBuilds(codebuild, stackName));
  await recheck();
  await confirm({
    question: "Type the stack's name to apply this: ",
    answer: stack,
    otherwise: "Nothing was changed.",
    recheck,
  });
  await deploy([stack]);
}

/** Returns the stack to repair, if one is named. @throws UsageError for anything else */
function readOptions(): string | undefined {
  try {
    return parseArgs({ options: { repair: { type: "string" } } }).values.repair;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: npm run drift [-- --repair STACK]`);
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(main);
