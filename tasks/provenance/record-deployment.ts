/**
 * Records that a commit was deployed to production: `node record-deployment.js`. verify-provenance has compared its
 * statement with what was deployed.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { readSettings } from "../../settings";
import { namesOf } from "../../stacks/names";
import { ProvenanceStore } from "./store";
import { runProgram } from "../program";

/** Records the deployment of this build. */
export async function main(): Promise<void> {
  // Stryker disable next-line StringLiteral: DeployOnProd and CodeBuild set them.
  const { COMMIT = "", PROVENANCE = "", PROGRAMS, CODEBUILD_BUILD_ID: build = "" } = process.env;
  // A pipeline from before programs were pinned has no statements.
  if (!PROGRAMS) return;
  const store = new ProvenanceStore(new S3Client(), namesOf(readSettings()));
  await store.putDeployment({ commit: COMMIT, digest: PROVENANCE }, { at: new Date().toISOString(), build });
}

// Stryker disable all: tests reach this only in another process, whose coverage Stryker does not see.
if (require.main === module) {
  runProgram(
    main,
    ({ message }) => `Production is deployed, but that could not be recorded: ${message}. Retry the stage.`,
  );
}
