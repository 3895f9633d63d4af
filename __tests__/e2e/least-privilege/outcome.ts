import { SimulatePrincipalPolicyCommand, type IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { role, type Attempt, type Config, type Deployed, type RequiredPermission } from "./attempt";

/** Sends the requests of all attempts. @returns those that were not denied, with their outcome */
export async function notDenied(
  all: readonly Attempt[],
  client: Config,
  values: Deployed,
): Promise<string[]> {
  const { endpoint, region, credentials } = client;
  // One for all clients, which reuses connections.
  const { requestHandler } = new S3Client(client).config;
  const config = { endpoint, region, credentials, requestHandler };
  const wrong: string[] = [];
  for (const { name, send } of all) {
    if (!send) continue;
    const outcome = await send(config, values).then(
      () => "done",
      (error: Error) => error.name,
    );
    // The name differs by service: S3 and SNS leave out "Exception".
    if (!/^(AccessDenied|AuthorizationError)/.test(outcome)) wrong.push(`${name}: ${outcome}`);
  }
  return wrong;
}

/** Simulates the policies of a role. @param name the name of the role without the prefix `hw-` */
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
