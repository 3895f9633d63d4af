import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface ObjectEventsProps {
  readonly bucket: S3Bucket;
  readonly accountId: string;
  /** Objects whose key begins so are reported; what the function itself writes must lie elsewhere. */
  readonly prefix: string;
  readonly handler: LiveFunction;
}

/** Calls the live version of a function for every object that is stored in a bucket or removed from it. */
export class ObjectEvents extends Construct {
  constructor(scope: Construct, id: string, { bucket, accountId, prefix, handler }: ObjectEventsProps) {
    super(scope, id);
    const permission = new LambdaPermission(this, "may-invoke", {
      functionName: handler.function.functionName,
      qualifier: handler.alias.name,
      action: "lambda:InvokeFunction",
      principal: "s3.amazonaws.com",
      sourceArn: bucket.arn,
      // A bucket's ARN has no account in it: without this, somebody who gets hold of the name could call.
      sourceAccount: accountId,
    });
    new S3BucketNotification(this, "notification", {
      bucket: bucket.id,
      lambdaFunction: [
        {
          lambdaFunctionArn: handler.alias.arn,
          events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
          filterPrefix: prefix,
        },
      ],
      // S3 tries the call when the notification is set.
      dependsOn: [permission],
    });
  }
}
