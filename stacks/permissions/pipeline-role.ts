import { allow, trust, type Statement, type TrustStatement } from "../constructs/policy";
import type { StepName } from "../pipeline-steps";
import type { Arns } from "./arns";

/** CodePipeline, whose documentation promises neither account nor pipeline when it takes a role. */
export const pipelineTrust: readonly TrustStatement[] = [trust("codepipeline.amazonaws.com")];

/** The pipeline moves artifacts and starts builds; what a build does is the build's own right. */
export function pipelineRights(arns: Arns, steps: readonly StepName[]): Statement[] {
  const bucket = arns.bucket(arns.names.artifactBucket);
  return [
    allow(["s3:GetBucketVersioning", "s3:GetBucketLocation"], bucket),
    // Which objects a run will use is not known beforehand: CodePipeline makes up their names.
    allow(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], `${bucket}/*`),
    allow(
      ["codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:StopBuild"],
      steps.map((step) => arns.project(step)),
    ),
  ];
}
