import type { Construct } from "constructs";
import { FunctionRule } from "./function-rule";
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
export class ObjectRule extends FunctionRule {
  constructor(scope: Construct, id: string, { ruleName, bucketName, prefix, handler }: ObjectRuleProps) {
    super(scope, id, {
      ruleName,
      description: `Objects under ${prefix} in ${bucketName}`,
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
      pattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted"],
        detail: { bucket: { name: [bucketName] }, object: { key: [{ prefix }] } },
      },
      functionName: handler.function.functionName,
      qualifier: handler.alias.name,
      arn: handler.alias.arn,
    });
  }
}
