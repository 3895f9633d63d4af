import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { Construct } from "constructs";
import type { VersionedFunction } from "./versioned-function";

export interface BucketNotificationProps {
  readonly bucket: S3Bucket;
  readonly accountId: string;
  readonly targets: readonly NotificationTarget[];
}

export interface NotificationTarget {
  /** What the construct id of its permission ends in. */
  readonly suffix: string;
  /** The function is invoked for objects whose keys begin with it, and must write its own elsewhere. */
  readonly prefix: string;
  readonly handler: VersionedFunction;
}

/** Invokes live versions of functions for every object that is created in a bucket or deleted from it. */
export class BucketNotification extends Construct {
  constructor(scope: Construct, id: string, { bucket, accountId, targets }: BucketNotificationProps) {
    super(scope, id);
    const permissions = targets.map(
      ({ handler, suffix }) =>
        new LambdaPermission(this, `may-invoke${suffix}`, {
          functionName: handler.function.functionName,
          qualifier: handler.alias.name,
          action: "lambda:InvokeFunction",
          principal: "s3.amazonaws.com",
          sourceArn: bucket.arn,
          // A bucket's ARN does not contain its account, and another account could take over the name.
          sourceAccount: accountId,
        }),
    );
    // A bucket has one notification configuration, so all functions are in one resource.
    new S3BucketNotification(this, "notification", {
      bucket: bucket.id,
      lambdaFunction: targets.map(({ handler, prefix }) => ({
        lambdaFunctionArn: handler.alias.arn,
        events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        filterPrefix: prefix,
      })),
      // S3 validates that it can invoke the functions when the configuration is written.
      dependsOn: permissions,
    });
  }
}
