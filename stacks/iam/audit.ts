import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** What the rule in us-east-1 is allowed to do: to forward events of IAM. */
export function forwarderPermissions(arns: Arns): Statement[] {
  return [
    allow("events:PutEvents", arns.eventBus, "Forwards events of IAM to the default bus of the region."),
  ];
}

/**
 * Part of CloudWatch Logs' own policy: EventBridge is allowed to write who approved. AWS's example names both services; the
 * condition is that of the Terraform provider's example, for writing only.
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
      why: "EventBridge makes a stream in the log of approvals. It supplies no condition key with that.",
    },
    {
      ...write,
      Action: "logs:PutLogEvents",
      Condition: { ArnEquals: { "aws:SourceArn": arns.approvalRule } },
      why: "The rule on approvals writes them to that log.",
    },
  ];
}
