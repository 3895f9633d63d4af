import { SimulatePrincipalPolicyCommand, type IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { role, type Attempt, type Config, type Deployed, type RequiredPermission } from "./attempt";

/** Tries all of it for real. @returns what was not refused, and what came of it */
export async function notRefused(
  tried: readonly Attempt[],
  client: Config,
  values: Deployed,
): Promise<string[]> {
  const { endpoint, region, credentials } = client;
  // One for all clients: it keeps the connections.
  const { requestHandler } = new S3Client(client).config;
  const config = { endpoint, region, credentials, requestHandler };
  const wrong: string[] = [];
  for (const { name, send } of tried) {
    if (!send) continue;
    const outcome = await send(config, values).then(
      () => "done",
      (error: Error) => error.name,
    );
    // Each service has its own way to say it; S3 and SNS leave out "Exception".
    if (!/^(AccessDenied|AuthorizationError)/.test(outcome)) wrong.push(`${name}: ${outcome}`);
  }
  return wrong;
}

/** What IAM's simulation decides for a role, by what is behind `hw-`. */
export async function simulated(
  iam: IAMClient,
  name: string,
  { action, resource, context = {} }: RequiredPermission,
) {
  const { EvaluationResults } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: role(`hw-${name}`),
      ActionNames: [action],
      ResourceArns: [resource],
      ContextEntries: Object.entries(context).map(([ContextKeyName, value]) => ({
        ContextKeyName,
        ContextKeyType: "string",
        ContextKeyValues: [value],
      })),
    }),
  );
  return EvaluationResults?.[0]?.EvalDecision;
}
