import type { AwsContext, Credentials } from "./aws-context";

/** What an SDK client needs to talk to the emulator as somebody: as the account's root by default. */
export function clientConfig(aws: AwsContext, credentials: Credentials = aws.root) {
  return { endpoint: aws.emulator, region: aws.region, credentials };
}
