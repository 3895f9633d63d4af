import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import type { Build } from "@aws-sdk/client-codebuild";
import { z } from "zod";
import { AwsError } from "./aws-error";
import type { AwsContext } from "./aws-context";
import type { Authorization } from "./authorization";
import { clientConfig } from "./client-config";
import type { CodeBuild } from "./codebuild/codebuild";
import { plainName } from "./codebuild/projects";
import { assumeServiceRole, RoleNotAssumable } from "./service-role";
import type { UserRequest } from "./user-request";

/**
 * Returns the request that runs a scheduled rule now, and answers `{"Builds": [{…}]}`. In AWS, its time does; here no rule
 * runs by itself. Targets other than CodeBuild projects are refused.
 */
export function runScheduledRule(
  aws: AwsContext,
  codebuild: CodeBuild,
  authorization: Authorization,
): UserRequest<{ Rule: string }> {
  return {
    path: "/_rehearsal/rules/run",
    body: z.object({ Rule: z.string().min(1) }),
    example: '{"Rule": "…"}',
    act: async ({ Rule }) => {
      const { ruleArn, targets } = await scheduledTargets(aws, Rule);
      const starts = targets.map((target) => start(aws, codebuild, authorization, ruleArn, target));
      return { Builds: await Promise.all(starts) };
    },
  };
}

/** Reads the targets of a rule that has a schedule and is enabled. */
async function scheduledTargets(aws: AwsContext, name: string) {
  const client = new EventBridgeClient(clientConfig(aws));
  try {
    const rule = await client.send(new DescribeRuleCommand({ Name: name })).catch((error: Error) => {
      throw new AwsError(error.name, error.message);
    });
    if (!rule.ScheduleExpression)
      throw new AwsError("ValidationException", `Rule ${name} has no schedule: events run it.`);
    if (rule.State === "DISABLED") throw new AwsError("ValidationException", `Rule ${name} is disabled.`);
    const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ Rule: name }));
    return { ruleArn: rule.Arn!, targets: Targets };
  } finally {
    client.destroy();
  }
}

/** Starts the build of a target with the target's role, as EventBridge does. */
async function start(
  aws: AwsContext,
  codebuild: CodeBuild,
  authorization: Authorization,
  ruleArn: string,
  { Arn = "", RoleArn = "" }: Target,
): Promise<Build | undefined> {
  if (Arn.split(":")[2] !== "codebuild")
    throw new AwsError("ValidationException", `A target ${Arn} of a scheduled rule is not emulated.`);
  try {
    const session = await assumeServiceRole(aws, "events.amazonaws.com", RoleArn, "schedule", ruleArn);
    await authorization.check(session, [{ action: "codebuild:StartBuild", resource: Arn }]);
  } catch (error) {
    if (error instanceof RoleNotAssumable) throw new AwsError("AccessDeniedException", error.message);
    throw error;
  }
  // The initiator of the build is the rule.
  const { build } = await codebuild.operations.StartBuild({ projectName: plainName(Arn) }, ruleArn);
  return build;
}
