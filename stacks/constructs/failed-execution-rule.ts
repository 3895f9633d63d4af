import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { Construct } from "constructs";

export interface FailedExecutionRuleProps {
  readonly ruleName: string;
  readonly pipelineName: string;
  readonly topicArn: string;
}

/** Tells the topic when an execution fails, which catches what no build reports: a source that cannot be read. */
export class FailedExecutionRule extends Construct {
  constructor(scope: Construct, id: string, props: FailedExecutionRuleProps) {
    super(scope, id);
    const rule = new CloudwatchEventRule(this, "rule", {
      name: props.ruleName,
      description: `An execution of ${props.pipelineName} failed`,
      eventPattern: JSON.stringify({
        source: ["aws.codepipeline"],
        "detail-type": ["CodePipeline Pipeline Execution State Change"],
        detail: { pipeline: [props.pipelineName], state: ["FAILED"] },
      }),
    });
    new CloudwatchEventTarget(this, "target", {
      rule: rule.name,
      // Named here: a name that Terraform makes up would be a second target when it makes it again.
      targetId: "topic",
      arn: props.topicArn,
    });
  }
}
