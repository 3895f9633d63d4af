/**
 * Checks the artifact of UnitTest before anything is deployed from it: `node dist/tasks/check-build.js FOLDER` writes each
 * finding as a file of that folder. It takes only data from the commit: the artifact, the variables that UnitTest of this
 * run exported, and the message.
 */
import { CodePipelineClient, ListActionExecutionsCommand } from "@aws-sdk/client-codepipeline";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings, type Settings } from "../../settings";
import { namesOf, stackIds } from "../../stacks/names";
import { definitionDigest } from "../../stacks/pipeline/definition";
import { callerLocation, comparePermissions, listed, summary } from "../permissions/compare";
import { checkedStack } from "./checked-stack";
import { commitMessage, commitSubject } from "./commit-subject";
import { definitionChange, definitionChanges } from "./definition-change";
import { deployedDefinition } from "./deployed-definition";
import { folderDigest } from "./folder-digest";
import { runProgram } from "../program";

/** Characters of each part of an approval's text; AWS accepts 1,000 in total. */
export const LIMITS = { subject: 100, change: 250 };

/** The execution of the pipeline. */
interface Run {
  readonly pipelineName: string;
  readonly pipelineExecutionId: string;
}

/** The exported variables, which the pipeline's conditions and approvals use. */
interface Findings {
  readonly BUILD_DIGEST: string;
  readonly ADDED_PERMISSIONS: string;
  readonly PIPELINE_DIGEST: string;
  readonly PIPELINE_CHANGE: string;
  /** `yes` or `no`: unlike the text, it can be a variable of another step. */
  readonly PIPELINE_CHANGED: string;
  readonly SUBJECT: string;
}

async function checkBuild(run: Run, artifact: string, settings: Settings): Promise<Findings> {
  const codepipeline = new CodePipelineClient();
  const BUILD_DIGEST = await checkArtifact(codepipeline, run, artifact);
  const services = namesOf(settings).environments.map((environment) => stackIds.service(environment));
  const definition = await checkedStack(stackIds.pipeline, artifact, settings);
  for (const service of services) await checkedStack(service, artifact, settings);

  const stacks = [stackIds.pipeline, ...services];
  const permissions = await comparePermissions(new IAMClient(), await callerLocation(), stacks, artifact);
  for (const line of listed(permissions)) console.error(line);
  const deployed = await deployedDefinition(new S3Client(), settings);
  const changes = definitionChanges(deployed, definition);
  for (const change of changes) console.error(`The pipeline: ${change}`);
  return {
    BUILD_DIGEST,
    ADDED_PERMISSIONS: summary(permissions) || "none",
    PIPELINE_DIGEST: definitionDigest(definition),
    PIPELINE_CHANGE: definitionChange(deployed, definition, LIMITS.change),
    PIPELINE_CHANGED: changes.length > 0 ? "yes" : "no",
    SUBJECT: commitSubject(
      await commitMessage(codepipeline, run.pipelineName, run.pipelineExecutionId),
      LIMITS.subject,
    ),
  };
}

/** @returns the artifact's digest. @throws Error when UnitTest of this run made another one */
async function checkArtifact(client: CodePipelineClient, run: Run, artifact: string): Promise<string> {
  const { pipelineName, pipelineExecutionId } = run;
  const { actionExecutionDetails } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  // The newest first: a retried stage has several.
  const made = actionExecutionDetails?.find(
    ({ actionName, status }) => actionName === "UnitTest" && status === "Succeeded",
  );
  // Stryker disable next-line StringLiteral: nothing that is no digest is that of the artifact.
  const digest = made?.output?.outputVariables?.BUILD_DIGEST ?? "";
  const found = await folderDigest(artifact);
  if (digest !== found) {
    throw new Error(
      `The artifact Build is not the one that UnitTest of this run made: its digest is ${found}, and UnitTest exported ` +
        `${/^[0-9a-f]{64}$/.test(digest) ? digest : "none"}. Nothing was deployed. Another build has overwritten it, or ` +
        "the bucket is not what it was: find out which before you start the pipeline again.",
    );
  }
  return found;
}

/** Checks the artifact that CodeBuild's variables name, and writes each finding as a file of a new folder. */
export async function main(folder: string): Promise<void> {
  // Stryker disable next-line StringLiteral: CodeBuild sets all three in every build of a pipeline.
  const { CODEBUILD_INITIATOR = "", PIPELINE_EXECUTION_ID = "", CODEBUILD_SRC_DIR = "" } = process.env;
  const run = {
    // Who started the build: `codepipeline/<pipeline>`.
    // Stryker disable next-line Regex: it has no other slash.
    pipelineName: CODEBUILD_INITIATOR.replace(/^codepipeline\//, ""),
    pipelineExecutionId: PIPELINE_EXECUTION_ID,
  };
  const findings = await checkBuild(run, CODEBUILD_SRC_DIR, readSettings());
  mkdirSync(folder);
  for (const [name, value] of Object.entries(findings)) writeFileSync(join(folder, name), String(value));
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) runProgram(() => main(process.argv[2] ?? ""));
