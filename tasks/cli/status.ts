/**
 * Shows what is deployed and what needs attention: production's commit, who approved it and what it is behind, the
 * pipeline, waiting approvals, locked states, alarms, and the settings that weaken the barrier. Changes nothing.
 *
 *   npm run status               as text
 *   npm run status -- --json     for a program
 *
 * The exit code is 1 if a part could not be read; the other parts are printed all the same.
 */
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { parseArgs } from "node:util";
import { loadEnvFile, readSettings } from "../../settings";
import { identity } from "../account/identity";
import { commitsSince } from "../branches/branches";
import { runProgram, UsageError } from "../program";
import { describeStatus } from "../status/describe";
import { errorsOf, readStatus } from "../status/status";

async function status(): Promise<void> {
  const json = readOptions();
  loadEnvFile();
  const settings = readSettings();
  const { account, region } = await identity();
  const clients = {
    apigateway: new ApiGatewayV2Client(),
    lambda: new LambdaClient(),
    codepipeline: new CodePipelineClient(),
    cloudwatch: new CloudWatchClient(),
    s3: new S3Client(),
  };
  const found = await readStatus(clients, settings, (commit) => commitsSince(commit, settings));
  console.log(
    json
      ? JSON.stringify({ account, region, ...found }, undefined, 2)
      : `${settings.hw_stack_name} in account ${account}, region ${region}\n\n${describeStatus(found)}`,
  );
  if (errorsOf(found).length > 0) process.exitCode = 1;
}

/** Returns whether JSON is wanted. @throws UsageError for anything else */
function readOptions(): boolean {
  try {
    return parseArgs({ options: { json: { type: "boolean", default: false } } }).values.json;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nUsage: npm run status [-- --json]`);
  }
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(status);
