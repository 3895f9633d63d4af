import { S3Bucket, type S3BucketLifecycleRule } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import type { Settings } from "../../settings";
import { acceptFindings } from "./accepted-findings";
import { policyDocument } from "./policy";

export interface PrivateBucketProps {
  readonly bucketName: string;
  /** Refuse any plan that would delete the bucket. */
  readonly preventDestroy: boolean;
  /** Whether the bucket is deleted with its objects, which S3 refuses otherwise; default: false. */
  readonly emptyOnDestroy?: boolean;
  /** Days after which an object is deleted; default: never. */
  readonly expireAfterDays?: number;
  /** Days after which a replaced or deleted version is deleted; default: never. */
  readonly expireOldVersionsAfterDays?: number;
  /** The same, without waiting until S3 uses the rule everywhere; undefined leaves the rules of a bucket as they are. */
  readonly oldVersionDays?: Settings["service_old_version_days"];
}

/** A bucket that is versioned, encrypted, reached by TLS only and never public. */
export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.bucket = new S3Bucket(this, "bucket", {
      bucket: props.bucketName,
      lifecycle: { preventDestroy: props.preventDestroy },
      ...(props.emptyOnDestroy && { forceDestroy: true }),
      ...(props.oldVersionDays !== undefined && { lifecycleRule: [oldVersionRule(props.oldVersionDays)] }),
    });
    acceptFindings(this.bucket, {
      CKV_AWS_18:
        "Who has to account for every access adds a trail of data events, which covers all buckets.",
      CKV_AWS_144:
        "Versions protect from mistakes; to survive the loss of a region is no goal of this project.",
      CKV_AWS_145:
        "S3 encrypts with its own key; a customer managed one would need a statement for each reader.",
      CKV2_AWS_61:
        "The operator decides how long old versions of documents are kept: service_old_version_days.",
      CKV2_AWS_62: "Only the documents' bucket has a consumer to notify.",
    });
    const bucket = this.bucket.id;
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    // Without ACLs: only policies decide who can read an object.
    new S3BucketOwnershipControls(this, "ownership", {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const notPublic = new S3BucketPublicAccessBlock(this, "not-public", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, "tls-only", {
      bucket,
      policy: policyDocument([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          // A denial names everything, so that no action is forgotten.
          Action: "s3:*",
          Resource: [this.bucket.arn, `${this.bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
      // S3 answers 409 when both are changed at the same time.
      dependsOn: [notPublic],
    });
    this.expire(props, versioning);
  }

  private expire(props: PrivateBucketProps, versioning: S3BucketVersioningA): void {
    const { expireAfterDays, expireOldVersionsAfterDays } = props;
    if (expireAfterDays === undefined && expireOldVersionsAfterDays === undefined) return;
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: this.bucket.id,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
          ...(expireAfterDays !== undefined && { expiration: [{ days: expireAfterDays }] }),
          ...(expireOldVersionsAfterDays !== undefined && {
            noncurrentVersionExpiration: [{ noncurrentDays: expireOldVersionsAfterDays }],
          }),
        },
      ],
      // AWS wants versioning before a rule about old versions.
      dependsOn: [versioning],
    });
  }
}

/**
 * Deletes old versions and incomplete uploads, and never the current version of a document.
 *
 * It is an argument of the bucket, although the provider prefers a resource of its own: that one polls S3 for 55
 * seconds, in which a deployment would wait. See docs/decisions/0046-old-versions-expire-by-a-setting.md.
 */
function oldVersionRule(days: number | "off"): S3BucketLifecycleRule {
  return {
    id: "old-versions",
    enabled: days !== "off",
    abortIncompleteMultipartUploadDays: 7,
    // Deletes a delete marker that has no older version left, and no object:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html
    expiration: { expiredObjectDeleteMarker: true },
    ...(days !== "off" && { noncurrentVersionExpiration: { days } }),
  };
}
