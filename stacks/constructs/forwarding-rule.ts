import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Fn, Op, Token } from "cdktf";
import { Construct } from "constructs";
import type { Location } from "./account";
import type { ServiceRole } from "./service-role";

export interface ForwardingRuleProps {
  readonly ruleName: string;
  readonly description: string;
  readonly pattern: object;
  /** Where the stack is deployed. */
  readonly at: Location;
  /** The event bus there. */
  readonly busArn: string;
  /** EventBridge forwards with it. */
  readonly role: ServiceRole;
}

/** The region that gets the events of global services. */
const GLOBAL = "us-east-1";

/**
 * Forwards events that only us-east-1 gets to the region of the stack, unless that is us-east-1 itself. Other
 * partitions forward no events between regions.
 * https://aws.amazon.com/blogs/compute/expanding-cross-region-event-routing-with-amazon-eventbridge/
 */
export class ForwardingRule extends Construct {
  constructor(scope: Construct, id: string, { at, role, ...props }: ForwardingRuleProps) {
    super(scope, id);
    const provider = new AwsProvider(this, GLOBAL, {
      alias: GLOBAL,
      region: GLOBAL,
      // The other provider does both, and in another partition this region has no endpoints.
      skipCredentialsValidation: true,
      skipRequestingAccountId: true,
    });
    const isNeeded = Op.and(Op.neq(at.region, GLOBAL), Op.eq(at.partition, "aws"));
    const count = Token.asNumber(Fn.conditional(isNeeded, 1, 0));
    const rule = new CloudwatchEventRule(this, "rule", {
      provider,
      count,
      name: props.ruleName,
      description: props.description,
      eventPattern: JSON.stringify(props.pattern),
    });
    new CloudwatchEventTarget(this, "target", {
      provider,
      count,
      rule: props.ruleName,
      targetId: "bus",
      arn: props.busArn,
      roleArn: role.arn,
      dependsOn: [rule, role.policy],
    });
  }
}
