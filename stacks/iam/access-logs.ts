import type { Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** CloudWatch Logs' own policy: API Gateway is allowed to write the access logs of this stack's APIs, and of its branches'. */
export function accessLogPolicy(arns: Arns): Statement[] {
  return [
    {
      // The Sid that AWS writes itself: API Gateway adds to the policy unless it finds a statement that has it.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
      Sid: "AWSLogDeliveryWrite20150319",
      Effect: "Allow",
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [
        arns.deliveredLog(arns.names.accessLogGroup("*")),
        arns.deliveredLog(`/aws/apigateway/${arns.names.branches}*`),
      ],
      Condition: {
        StringEquals: { "aws:SourceAccount": arns.at.accountId },
        ArnLike: { "aws:SourceArn": arns.of("logs", "*") },
      },
      why: "API Gateway hands its access logs to the delivery service of CloudWatch Logs, for APIs of this account.",
    },
  ];
}
