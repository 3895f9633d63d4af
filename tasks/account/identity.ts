import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** The caller of AWS. */
export interface Identity {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/** Returns the caller of AWS. @throws Error that says what to set if there are no credentials */
export async function identity(): Promise<Identity> {
  const sts = new STSClient();
  const answer = await sts.send(new GetCallerIdentityCommand({})).catch((error: Error) => {
    throw new Error(
      `No AWS account answers (${error.message}). Set credentials, for example with AWS_PROFILE, and AWS_REGION.`,
    );
  });
  return { account: String(answer.Account), region: await sts.config.region(), arn: String(answer.Arn) };
}

/** Prints account and caller before anything is changed. @returns the ARN of the caller */
export async function whoAmI(): Promise<string> {
  // Loading the SDK and the answer take a while.
  console.log("\nChecking the AWS credentials.");
  const { account, region, arn } = await identity();
  console.log(`\nAccount ${account}, region ${region}, as ${arn}.`);
  return arn;
}
