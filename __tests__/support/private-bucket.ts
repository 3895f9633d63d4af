import { resourcesOf, statements, type Synthesized } from "./synth";

/** How a stack's expressions about a bucket begin, such as `${aws_s3_bucket.state_bucket_1A2B3C4D`. */
export function bucketReference(stack: Synthesized, bucketName: string): string {
  const [address] =
    Object.entries(stack.resource.aws_s3_bucket ?? {}).find(([, { bucket }]) => bucket === bucketName) ?? [];
  if (!address) throw new Error(`The stack has no bucket ${bucketName}.`);
  return `\${aws_s3_bucket.${address}`;
}

/** Tests that only the account has access to a bucket. Call it in a `describe`. */
export function isPrivateBucket(stack: Synthesized, bucketName: string): void {
  const reference = bucketReference(stack, bucketName);
  const of = (type: string) => resourcesOf(stack, type).filter(({ bucket }) => bucket === `${reference}.id}`);

  it("is versioned and encrypted", () => {
    expect(of("aws_s3_bucket_versioning")).toMatchObject([
      { versioning_configuration: { status: "Enabled" } },
    ]);
    expect(of("aws_s3_bucket_server_side_encryption_configuration")).toMatchObject([
      { rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } }] },
    ]);
  });

  it("is not public, by no policy and no ACL", () => {
    expect(of("aws_s3_bucket_public_access_block")).toMatchObject([
      {
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      },
    ]);
    expect(of("aws_s3_bucket_ownership_controls")).toMatchObject([
      { rule: { object_ownership: "BucketOwnerEnforced" } },
    ]);
  });

  it("refuses what does not come by TLS", () => {
    const [policy] = of("aws_s3_bucket_policy");
    expect(statements(policy?.policy)).toMatchObject([
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [`${reference}.arn}`, `${reference}.arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });
}
