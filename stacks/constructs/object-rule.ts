import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { VersionedFunction } from "./versioned-function";

export interface ObjectRuleProps {
  readonly ruleName: string;
  /** A bucket that belongs to no stack and sends its events to EventBridge. */
  readonly bucketName: string;
  /** The function is invoked for objects whose keys begin with it, and must write its own elsewhere. */
  readonly prefix: string;
  readonly handler: VersionedFunction;
}

/**
 * Invokes the live version of a function for every object that is created in a bucket or deleted from it, without
 * changing the bucket: its notification configuration can only be replaced as a whole, and a rule is not part of it.
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
      // A generated id would add a second target when Terraform replaces this one.
      targetId: "function",
      arn: handler.alias.arn,
      // EventBridge does not retry an invocation that it has no permission for.
      dependsOn: [permission],
    });
  }
}
