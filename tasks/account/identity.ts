import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** Whose credentials are at hand. */
export interface Identity {
  readonly account: string;
  readonly region: string;
  readonly arn: string;
}

/** Returns whose credentials are at hand. @throws Error that says what to set if there are none */
export async function identity(): Promise<Identity> {
  const sts = new STSClient();
  const answer = await sts.send(new GetCallerIdentityCommand({})).catch((error: Error) => {
    throw new Error(
      `No AWS account answers (${error.message}). Set credentials, for example with AWS_PROFILE, and AWS_REGION.`,
    );
  });
  return { account: String(answer.Account), region: await sts.config.region(), arn: String(answer.Arn) };
}

/** Says whose account this is about before anything happens there. @returns the ARN of who does it */
export async function whoAmI(): Promise<string> {
  const { account, region, arn } = await identity();
  console.log(`\nAccount ${account}, region ${region}, as ${arn}.`);
  return arn;
}
