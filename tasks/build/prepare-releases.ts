/**
 * Tests the new versions of production's functions: `node prepare-releases.js OUTPUTS`, where OUTPUTS is a file with the
 * outputs of the service stack. Prints shell commands that export each function's version, and whether the pipeline has
 * to release it, from which version: `export API_VERSION=7 API_RELEASE=needed API_PREVIOUS=6`.
 */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { GetAliasCommand, LambdaClient, UpdateAliasCommand } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import { readSettings, type Settings } from "../../settings";
import {
  definitionOf,
  functionNames,
  releaseVariables,
  versionOutput,
  type FunctionDefinition,
} from "../../stacks/functions";
import { liveAlias, namesOf, releasedEnvironment } from "../../stacks/names";
import { runProgram } from "../program";
import { waitForAlarms } from "../releases/alarms";
import { isReleasing, isUnsettled } from "../releases/releases";
import { unknownVersion } from "../releases/released-version";
import { smokeTest } from "../releases/smoke-test";

interface Release {
  /** What CodePipeline compares: `none` skips the stage that releases a function. */
  readonly release: "needed" | "none";
  /** The version that was live when the release was prepared. */
  readonly previous: string;
}

/** The outputs of the service stack, as `terraform output -json` prints them. */
type Outputs = Readonly<Record<string, { readonly value: unknown } | undefined>>;

/**
 * Tests a version unless it is live. An alias that an interrupted rollout left with two versions gets back its main
 * one: CodePipeline refuses an alias with two.
 *
 * @param isReleasing whether a rollout is in progress, during which an alias has two versions
 */
export async function prepareRelease(
  lambda: LambdaClient,
  functionName: string,
  version: string,
  trigger: FunctionDefinition["trigger"],
  isReleasing: () => Promise<boolean>,
): Promise<Release> {
  const alias = { FunctionName: functionName, Name: liveAlias };
  const { FunctionVersion = "", RoutingConfig, RevisionId } = await lambda.send(new GetAliasCommand(alias));
  if (RoutingConfig?.AdditionalVersionWeights && !(await isReleasing())) {
    await lambda.send(
      new UpdateAliasCommand({ ...alias, RoutingConfig: { AdditionalVersionWeights: {} }, RevisionId }),
    );
    console.error(
      `A rollout was interrupted: all traffic of ${functionName} goes to version ${FunctionVersion} again.`,
    );
  }
  if (FunctionVersion === version) return { release: "none", previous: version };
  await smokeTest(lambda, functionName, version, trigger);
  return { release: "needed", previous: FunctionVersion };
}

/**
 * The bootstrap level from which the pipeline's role has all permissions that AWS demands for a release. A test
 * compares it with the role.
 */
const LOGS_RELEASES = 1;

/**
 * Returns whether the deployed pipeline is allowed to release a version.
 *
 * @param level the bootstrap level of the account; undefined in a pipeline from before there were levels
 */
export function canRelease(level: string | undefined): boolean {
  return Number(level || 0) >= LOGS_RELEASES;
}

/**
 * Refuses a release that no reviewer was asked about: production's plan was empty and every version was live, so the
 * pipeline skipped the approval.
 *
 * @param reasons why the reviewer was asked, from PlanOnProd; undefined in a pipeline that asks in any case
 */
export function refuseUnread(
  version: string,
  functionName: string,
  settings: Pick<Settings, "pipeline_manual_approval">,
  reasons: string | undefined,
): void {
  if (settings.pipeline_manual_approval === false || reasons !== "none") return;
  throw new Error(
    `Version ${version} of ${functionName} is not live any more, as it was when production was planned: the traffic was ` +
      "moved since, and no reviewer was asked to release it. Start the pipeline again: it asks.",
  );
}

async function prepare(
  settings: Settings,
  functionName: string,
  version: string,
  trigger: FunctionDefinition["trigger"],
): Promise<Release> {
  // CodeBuild names what started the build: `codepipeline/<pipeline>`.
  const pipeline = (process.env.CODEBUILD_INITIATOR ?? "").replace(/^codepipeline\//, "");
  const codepipeline = new CodePipelineClient();
  const prepared = await prepareRelease(new LambdaClient(), functionName, version, trigger, () =>
    isReleasing(codepipeline, pipeline),
  );
  if (prepared.release === "none") {
    console.error(`Version ${version} of ${functionName} is already live.`);
    return prepared;
  }
  refuseUnread(version, functionName, settings, process.env.APPROVAL_REASONS);
  if (!canRelease(process.env.pipeline_bootstrap_level)) {
    console.error(
      `Version ${version} of ${functionName} is healthy and waits: this pipeline is not allowed to log its release. ` +
        "Run `npm run bootstrap`; the next run of the pipeline releases it. The previous version stays live.",
    );
    return { ...prepared, release: "none" };
  }
  await waitForAlarms(new CloudWatchClient(), functionName, version);
  console.error(`Version ${version} of ${functionName} is healthy: traffic can be shifted to it.`);
  // An earlier run can still release or roll back the version that is live now.
  return (await isUnsettled(codepipeline, pipeline)) ? { ...prepared, previous: unknownVersion } : prepared;
}

/**
 * Prepares the release of each function.
 *
 * @param prepare tests a version of a function
 * @returns shell commands that export the variables of the functions
 * @throws Error if an output is not a version
 */
export async function releaseCommands(
  outputs: Outputs,
  functionName: (name: (typeof functionNames)[number]) => string,
  prepare: (
    functionName: string,
    version: string,
    trigger: FunctionDefinition["trigger"],
  ) => Promise<Release>,
): Promise<string[]> {
  const commands: string[] = [];
  for (const name of functionNames) {
    const exported = (version: string, release: string, previous: string) => {
      const variables = releaseVariables(name);
      commands.push(
        `export ${variables.version}=${version} ${variables.release}=${release} ${variables.previous}=${previous}`,
      );
    };
    const version = outputs[versionOutput(name)]?.value;
    if (version === undefined) {
      // The commit removes a function that the deployed pipeline still releases.
      exported("none", "none", "none");
      continue;
    }
    if (typeof version !== "string" || !/^\d+$/.test(version))
      throw new Error(`The output ${versionOutput(name)} is not a version: ${JSON.stringify(version)}.`);
    const { release, previous } = await prepare(functionName(name), version, definitionOf(name).trigger);
    exported(version, release, previous);
  }
  return commands;
}

async function main([file = ""]: readonly string[]): Promise<void> {
  const settings = readSettings();
  const names = namesOf(settings);
  const outputs = JSON.parse(await readFile(file, "utf8")) as Outputs;
  const commands = await releaseCommands(
    outputs,
    (name) => names.function(releasedEnvironment, name),
    (...version) => prepare(settings, ...version),
  );
  console.log(commands.join("\n"));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(
    () => main(process.argv.slice(2)),
    ({ message }) => `${message}\nThe previous version stays live. Fix the version in a new commit.`,
  );
}
