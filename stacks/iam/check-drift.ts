/** The permissions of the build that looks for drift, and of the rule that starts it. */
import { allow, type Statement } from "../constructs/policy";
import { releasedEnvironment, stackIds } from "../names";
import type { Arns } from "./arns";
import { publishTo } from "./failure-topic";
import { planPipeline } from "./terraform-pipeline";
import { planService } from "./terraform-service";

/** The permissions to compare production and the pipeline with their states, and to notify the topic. */
export function checkDrift(arns: Arns): Statement[] {
  const service = stackIds.service(releasedEnvironment);
  const state = arns.bucket(arns.names.stateBucket);
  return [
    ...planService(arns, releasedEnvironment),
    ...planPipeline(arns),
    allow(
      "s3:GetObject",
      [arns.deployedStack(service), arns.pipelineDefinition],
      "The stacks as they were last deployed.",
    ),
    allow(
      "s3:GetObject",
      [service, stackIds.pipeline].map((stack) => `${state}/${arns.names.stateKey(stack)}.tflock`),
      "A stack that is being deployed is not compared.",
    ),
    allow(
      ["s3:GetObject", "s3:PutObject"],
      arns.driftRecord,
      "What was found last, so that the same drift is notified once. No other step writes it.",
    ),
    ...publishTo(arns, arns.failureTopic, "Notifies the operators of drift."),
  ];
}

/** The permission of the rule that starts the build. */
export function startCheckDrift(arns: Arns): Statement[] {
  return [allow("codebuild:StartBuild", arns.project("CheckDrift"), "Starts that build, and no other.")];
}
