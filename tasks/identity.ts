import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** Says whose account this is about before anything happens there. @returns the ARN of who does it */
export async function whoAmI(): Promise<string> {
  const sts = new STSClient();
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({})).catch((error: Error) => {
    throw new Error(
      `No AWS account answers (${error.message}). Set credentials, for example with AWS_PROFILE, and AWS_REGION.`,
    );
  });
  console.log(`\nAccount ${Account}, region ${await sts.config.region()}, as ${Arn}.`);
  return String(Arn);
}
