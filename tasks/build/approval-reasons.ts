/**
 * Prints what a reviewer has to approve of a deployment to production: `node approval-reasons.js PLAN`, where PLAN is a file
 * with what `terraform show -json` prints. Prints `none` if the deployment changes and releases nothing: then the
 * pipeline skips the approval.
 */
import { GetAliasCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { readFileSync } from "node:fs";
import { readSettings, type Settings } from "../../settings";
import { functionNames, versionOutput } from "../../stacks/functions";
import { liveAlias, namesOf, releasedEnvironment } from "../../stacks/names";
import { runProgram } from "../program";
import { isEmpty, type Plan } from "../terraform/plan";

/**
 * Returns what an approval is needed for, in a few words: its message has 1,000 characters for everything.
 *
 * @param plan of production
 * @param pipelineChanged `no` if the commit leaves the pipeline's definition as it is: a reviewer approves its change too
 */
export async function approvalReasons(
  lambda: LambdaClient,
  settings: Settings,
  plan: Plan,
  pipelineChanged: string | undefined,
): Promise<string[]> {
  const waiting = await unreleasedVersions(lambda, settings, plan);
  return [
    ...(isEmpty(plan) ? [] : ["the plan"]),
    ...(waiting.length > 0 ? [`the release of ${waiting.join(" and ")}`] : []),
    ...(pipelineChanged === "no" ? [] : ["the pipeline"]),
    ...(settings.pipeline_manual_approval === "always" ? ["the setting"] : []),
  ];
}

/**
 * Returns the published versions that do not get all traffic, such as `api 7`: those of a release that was rolled back or
 * is still in progress. DeployOnProd would release them, although the plan is empty.
 */
async function unreleasedVersions(lambda: LambdaClient, settings: Settings, plan: Plan): Promise<string[]> {
  const names = namesOf(settings);
  const found = functionNames.map(async (name) => {
    const version = plan.output_changes?.[versionOutput(name)]?.after;
    // The plan changes the function: the version is not published yet.
    if (typeof version !== "string" && !isEmpty(plan)) return [];
    const isLive = await servesOnly(lambda, names.function(releasedEnvironment, name), version);
    return isLive ? [] : [`${name} ${String(version)}`];
  });
  return (await Promise.all(found)).flat();
}

/** Returns whether all traffic of a function goes to a version; false where it has no alias. */
async function servesOnly(lambda: LambdaClient, FunctionName: string, version: unknown): Promise<boolean> {
  try {
    const { FunctionVersion, RoutingConfig } = await lambda.send(
      new GetAliasCommand({ FunctionName, Name: liveAlias }),
    );
    const others = Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {});
    return FunctionVersion === version && others.length === 0;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
async function main([file = ""]: readonly string[]): Promise<void> {
  const plan = JSON.parse(readFileSync(file, "utf8")) as Plan;
  const { PIPELINE_CHANGED } = process.env;
  const reasons = await approvalReasons(new LambdaClient(), readSettings(), plan, PIPELINE_CHANGED);
  console.log(reasons.join(", ") || "none");
}

if (require.main === module) runProgram(() => main(process.argv.slice(2)));
