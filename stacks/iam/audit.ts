import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** The permissions of the rule in us-east-1: it forwards IAM's events. */
export function forwarderPermissions(arns: Arns): Statement[] {
  return [
    allow("events:PutEvents", arns.eventBus, "Forwards IAM's events to the default bus of the region."),
  ];
}

/**
 * Part of CloudWatch Logs' own policy: EventBridge is allowed to log approvals. AWS's example names both services; the
 * condition is from the Terraform provider's example, for writing only.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
 * https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/cloudwatch_event_target
 */
export function approvalLogPolicy(arns: Arns): Statement[] {
  const write = {
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
    Resource: arns.logStreams(arns.names.approvalLogGroup),
  } as const;
  return [
    {
      ...write,
      Action: "logs:CreateLogStream",
      why: "EventBridge creates a stream in the log of approvals, without a condition key.",
    },
    {
      ...write,
      Action: "logs:PutLogEvents",
      Condition: { ArnEquals: { "aws:SourceArn": arns.approvalRule } },
      why: "The rule on approvals writes them to that log.",
    },
  ];
}
