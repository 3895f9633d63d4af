import type { EnvironmentVariable } from "@aws-sdk/client-codebuild";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand, SSMClient, type Parameter } from "@aws-sdk/client-ssm";
import { clientConfig } from "../client-config";
import type { AwsContext, Credentials } from "../aws-context";
import type { Buildspec } from "./buildspec";
import { PhaseError } from "./phase-error";

/** The names that one GetParameters accepts. */
const PARAMETERS_PER_CALL = 10;

export interface ResolvedVariables {
  readonly values: Readonly<Record<string, string>>;
  /** Values to mask in the log. */
  readonly secrets: readonly string[];
}

/** Returns the variables of a buildspec in the form of a project's. */
export function buildspecVariables({ env }: Buildspec): EnvironmentVariable[] {
  const typed = (type: EnvironmentVariable["type"], variables: Record<string, string>) =>
    Object.entries(variables).map(([name, value]) => ({ name, value, type }));
  return [
    ...typed("PLAINTEXT", env.variables),
    ...typed("PARAMETER_STORE", env["parameter-store"]),
    ...typed("SECRETS_MANAGER", env["secrets-manager"]),
  ];
}

/**
 * Returns the variables that a build exports to its pipeline. Like the service, it exports no parameters, secrets or
 * variables that begin with `AWS_`, and none that is not set.
 */
export function exportedVariables(
  buildspec: Buildspec | undefined,
  environment: Readonly<Record<string, string>> = {},
): Record<string, string> {
  if (!buildspec) return {};
  const { env } = buildspec;
  const secret = { ...env["parameter-store"], ...env["secrets-manager"] };
  const names = env["exported-variables"].filter(
    (name) => environment[name] !== undefined && !Object.hasOwn(secret, name) && !name.startsWith("AWS_"),
  );
  return Object.fromEntries(names.map((name) => [name, environment[name]!]));
}

/**
 * Reads the variables that are parameters or secrets, with the build's role.
 * @throws PhaseError with the missing or inaccessible parameter or secret
 */
export async function resolveVariables(
  aws: AwsContext,
  credentials: Credentials,
  variables: readonly EnvironmentVariable[],
): Promise<ResolvedVariables> {
  const ofType = (type: string) => variables.filter((variable) => (variable.type ?? "PLAINTEXT") === type);
  const plain = ofType("PLAINTEXT").map(({ name, value }) => [name!, value!] as const);
  const parameters = await resolveParameters(aws, credentials, ofType("PARAMETER_STORE"));
  const secrets = await resolveSecrets(aws, credentials, ofType("SECRETS_MANAGER"));
  return {
    values: Object.fromEntries([...plain, ...parameters.values, ...secrets]),
    secrets: [...parameters.secrets, ...secrets.map(([, value]) => value)],
  };
}

type Values = (readonly [name: string, value: string])[];

async function resolveParameters(
  aws: AwsContext,
  credentials: Credentials,
  variables: readonly EnvironmentVariable[],
): Promise<{ values: Values; secrets: string[] }> {
  const names = [...new Set(variables.map(({ value }) => value!))];
  const found = await readParameters(aws, credentials, names).catch((error: Error) => {
    throw new PhaseError("Decrypted Variables Error", `${error.name}: ${error.message}`);
  });
  const values = variables.map(({ name, value }) => {
    const parameter = found.find(({ Name, ARN }) => Name === value || ARN === value);
    if (!parameter) throw new PhaseError("Decrypted Variables Error", `parameter does not exist: ${value}`);
    return [name!, parameter.Value ?? ""] as const;
  });
  const secrets = found.filter(({ Type }) => Type === "SecureString").map(({ Value }) => Value ?? "");
  return { values, secrets };
}

async function readParameters(
  aws: AwsContext,
  credentials: Credentials,
  names: string[],
): Promise<Parameter[]> {
  const ssm = new SSMClient(clientConfig(aws, credentials));
  try {
    const found: Parameter[] = [];
    for (let first = 0; first < names.length; first += PARAMETERS_PER_CALL) {
      const Names = names.slice(first, first + PARAMETERS_PER_CALL);
      const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names, WithDecryption: true }));
      found.push(...Parameters);
    }
    return found;
  } finally {
    ssm.destroy();
  }
}

async function resolveSecrets(
  aws: AwsContext,
  credentials: Credentials,
  variables: readonly EnvironmentVariable[],
): Promise<Values> {
  const client = new SecretsManagerClient(clientConfig(aws, credentials));
  try {
    const values: Values = [];
    for (const { name, value } of variables) values.push([name!, await readSecret(client, value!)]);
    return values;
  } finally {
    client.destroy();
  }
}

async function readSecret(client: SecretsManagerClient, reference: string): Promise<string> {
  const { id, key, stage, version } = parseSecretReference(reference);
  const command = new GetSecretValueCommand({ SecretId: id, VersionStage: stage, VersionId: version });
  const { SecretString } = await client.send(command).catch((error: Error) => {
    throw secretError(`${error.name}: ${error.message} (secret ${id})`);
  });
  if (SecretString === undefined) throw secretError(`the secret ${id} has no text value`);
  return key ? readKey(SecretString, id, key) : SecretString;
}

/** Splits `id:json-key:version-stage:version-id`. The ID can be an ARN, which contains colons. */
export function parseSecretReference(reference: string): {
  id: string;
  key?: string;
  stage?: string;
  version?: string;
} {
  const parts = reference.split(":");
  const ofId = reference.startsWith("arn:") ? 7 : 1;
  const [key, stage, version] = parts.slice(ofId).map((part) => (part === "" ? undefined : part));
  return { id: parts.slice(0, ofId).join(":"), key, stage, version };
}

function readKey(text: string, id: string, key: string): string {
  let secret: unknown;
  try {
    secret = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which is the secret.
    throw secretError(`the secret ${id} is not JSON, so it has no key ${key}`);
  }
  if (typeof secret !== "object" || secret === null || !Object.hasOwn(secret, key)) {
    throw secretError(`the secret ${id} has no key ${key}`);
  }
  const value = (secret as Record<string, unknown>)[key];
  return typeof value === "string" ? value : JSON.stringify(value);
}

function secretError(message: string): PhaseError {
  return new PhaseError("Secrets Manager Error", message);
}
