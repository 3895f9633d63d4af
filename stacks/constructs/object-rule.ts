import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface ObjectRuleProps {
  readonly ruleName: string;
  /** A bucket that belongs to no stack and sends its events to EventBridge. */
  readonly bucketName: string;
  /** Objects whose key begins so are reported; what the function itself writes must lie elsewhere. */
  readonly prefix: string;
  readonly handler: LiveFunction;
}

/**
 * Calls the live version of a function for every object that is stored in a bucket or removed from it, and
 * changes nothing of the bucket: its notifications are one list, which can only be replaced whole, and a rule is
 * not on it.
 */
export class ObjectRule extends Construct {
  constructor(scope: Construct, id: string, { ruleName, bucketName, prefix, handler }: ObjectRuleProps) {
    super(scope, id);
    const rule = new CloudwatchEventRule(this, "rule", {
      name: ruleName,
      description: `Objects under ${prefix} in ${bucketName}`,
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
      eventPattern: JSON.stringify({
        source: ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted"],
        detail: { bucket: { name: [bucketName] }, object: { key: [{ prefix }] } },
      }),
    });
    const permission = new LambdaPermission(this, "may-invoke", {
      functionName: handler.function.functionName,
      qualifier: handler.alias.name,
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      // Named here: a name that Terraform makes up would be a second target when it makes it again.
      targetId: "function",
      arn: handler.alias.arn,
      // Without it the first events would be lost: EventBridge does not try again what it may not call.
      dependsOn: [permission],
    });
  }
}
