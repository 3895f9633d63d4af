import type { CodebuildProject } from "@cdktf/provider-aws/lib/codebuild-project";
import type { Construct } from "constructs";
import { EventRule } from "./constructs/event-rule";
import { ServiceRole } from "./constructs/service-role";
import type { Arns } from "./iam/arns";
import { startCheckDrift } from "./iam/check-drift";
import { notifierTrust } from "./iam/failure-topic";

export interface DriftRuleProps {
  readonly schedule: string;
  /** The build that compares. */
  readonly project: CodebuildProject;
  /** Is notified if the rule cannot start it. */
  readonly topicArn: string;
  /** The role that deploys this: it needs its permissions before it passes the rule's role. */
  readonly deployedBy: ServiceRole | undefined;
}

/** Starts CheckDrift on a schedule, with the rule's own role. */
export function driftRule(stack: Construct, arns: Arns, props: DriftRuleProps): void {
  const { names } = arns;
  const role = new ServiceRole(stack, "drift-rule-role", {
    roleName: names.driftRule,
    description: "Starts the build that looks for drift",
    trust: notifierTrust(arns, arns.driftRule),
    statements: startCheckDrift(arns),
    permissionsBoundary: arns.boundary,
  });
  new EventRule(stack, "drift", {
    ruleName: names.driftRule,
    description: "Compares production and the pipeline with what was deployed",
    schedule: props.schedule,
    target: {
      targetId: "build",
      arn: props.project.arn,
      roleArn: role.arn,
      dependsOn: [role, ...(props.deployedBy ? [props.deployedBy] : [])].map(({ policy }) => policy),
    },
    alarmName: names.lostDriftAlarm,
    alarmDescription: `${names.driftRule} could not start its build: see the role of its target`,
    topicArn: props.topicArn,
  });
}
