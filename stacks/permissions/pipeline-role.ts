import { allow, deny, trust, type Statement, type TrustStatement } from "../constructs/policy";
import type { StepName } from "../pipeline-steps";
import type { Arns } from "./arns";

/** CodePipeline may take the pipeline's role. */
export const pipelineTrust: readonly TrustStatement[] = [
  trust(
    "codepipeline.amazonaws.com",
    "Without a condition: CodePipeline's documentation promises neither account nor pipeline when it takes a role.",
  ),
];

/** The pipeline moves artifacts and starts builds; what a build does is the build's own right. */
export function pipelineRights(arns: Arns, steps: readonly StepName[]): Statement[] {
  const bucket = arns.bucket(arns.names.artifactBucket);
  return [
    allow(
      ["s3:GetBucketVersioning", "s3:GetBucketLocation"],
      bucket,
      "CodePipeline asks where the bucket is and whether it is versioned.",
    ),
    allow(
      ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
      `${bucket}/*`,
      "Which objects a run will use is not known beforehand: CodePipeline makes up their names.",
    ),
    deny(
      "s3:*",
      arns.erroredStates("*"),
      "States that a build could not write are a person's, and no artifacts.",
    ),
    allow(
      ["codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:StopBuild"],
      steps.map((step) => arns.project(step)),
      "Starts a build of each step, follows it, and stops it when the run is stopped.",
    ),
  ];
}
