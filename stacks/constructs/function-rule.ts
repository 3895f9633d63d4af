import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";

export interface FunctionRuleProps {
  readonly ruleName: string;
  readonly description: string;
  /** The events: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
  readonly pattern: object;
  readonly functionName: string;
  /** The alias that is invoked; default: the newest code. */
  readonly qualifier?: string;
  /** The ARN of the function, or of its alias. */
  readonly arn: string;
}

/** Invokes a function for the events of a pattern. */
export class FunctionRule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionRuleProps) {
    super(scope, id);
    const { ruleName: name, description, functionName, qualifier, arn } = props;
    const rule = new CloudwatchEventRule(this, "rule", {
      name,
      description,
      eventPattern: JSON.stringify(props.pattern),
    });
    const permission = new LambdaPermission(this, "may-invoke", {
      functionName,
      qualifier,
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      // A generated id would add a second target when Terraform replaces this one.
      targetId: "function",
      arn,
      // EventBridge does not retry an invocation that it has no permission for.
      dependsOn: [permission],
    });
  }
}
