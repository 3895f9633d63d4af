import { S3Backend, type TerraformStack } from "cdktf";

/**
 * Keeps a stack's state in the state bucket, encrypted and locked by a file beside it.
 * The region is that of the credentials (`AWS_REGION`), as for everything else.
 */
export function useRemoteState(stack: TerraformStack, location: { bucket: string; key: string }): void {
  new S3Backend(stack, { ...location, encrypt: true });
  // The backend's type drops `useLockfile` without a word (hashicorp/terraform-cdk#3933).
  stack.addOverride("terraform.backend.s3.use_lockfile", true);
}
