import type { Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/**
 * The approval topic. Without a policy of its own, SNS lets everything in the account publish; with this one, only roles
 * whose own policies allow it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
export function approvalTopicPolicy(arns: Arns): Statement[] {
  return [
    {
      Effect: "Allow",
      Principal: { AWS: arns.root },
      Action: "sns:Publish",
      Resource: arns.approvalTopic,
      why: "The roles of the pipelines publish approvals, as their own policies allow.",
    },
  ];
}
