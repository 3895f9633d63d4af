import type { Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** CloudWatch Logs' own policy: API Gateway may write the access logs of this stack's APIs, and of its branches'. */
export function accessLogPolicy(arns: Arns): Statement[] {
  return [
    {
      Effect: "Allow",
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [
        arns.logStreams(arns.names.accessLogGroup("*")),
        arns.logStreams(`/aws/apigateway/${arns.names.branches}*`),
      ],
      Condition: {
        StringEquals: { "aws:SourceAccount": arns.at.accountId },
        ArnLike: { "aws:SourceArn": arns.of("logs", "*") },
      },
      why: "API Gateway hands its access logs to the delivery service of CloudWatch Logs, for APIs of this account.",
    },
  ];
}
