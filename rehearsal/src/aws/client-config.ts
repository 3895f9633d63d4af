import type { AwsContext, Credentials } from "./aws-context";

/** Returns the configuration of an SDK client for the emulator, by default with the account's root. */
export function clientConfig(aws: AwsContext, credentials: Credentials = aws.root) {
  return { endpoint: aws.emulator, region: aws.region, credentials };
}
