import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { ZipFile } from "yazl";
import { signed } from "../support/signature";
import type { Credentials } from "../../src/aws/aws-context";
import { rootCredentials, startEmulator, type Emulator } from "../../src/ministack/emulator";

export const ACCOUNT = "111122223333";
export const REGION = "eu-west-1";

/** Every workaround of launcher.py: an emulator without them shows which gaps ministack still has. */
export const WORKAROUNDS = [
  "aws-events",
  "api-endpoint",
  "api-metrics",
  "stage-variables",
  "api-accounts",
  "api-tokens",
  "api-issuers",
  "api-signatures",
  "api-preflight",
  "local-api",
  "alarm-state",
  "alarm-description",
  "alias-weights",
  "alias-metrics",
  "log-metrics",
  "decisions",
  "denying-policy",
  "outside-services",
  "function-variables",
  "denial-message",
  "boundary-condition",
  "pass-role",
  "every-parameter",
  "tags-of-new",
  "role-trust",
  "service-source",
  "web-identity",
  "log-targets",
  "other-regions",
  "event-deliveries",
  "alarm-deliveries",
  "function-deliveries",
  "supplied-keys",
  "service-linked-roles",
  "access-logs",
  "topic-keys",
  "session-expiry",
  "secure-transport",
  "alias-actions",
  "resource-arns",
  "process-starts",
  "process-logs",
  "old-metrics",
  "log-pages",
  "log-groups",
  "queue-metrics",
  "reserved-concurrency",
  "version-keys",
  "resource-names",
  "subscription-keys",
  "source-function",
  "principal-arn",
  "simulation",
  "api-calls",
  "root-secret",
  "other-sites",
];

export interface TestEmulator extends Emulator {
  /** What an SDK client of the account's root, or of the given credentials, is made with. */
  client(credentials?: Credentials): {
    endpoint: string;
    region: string;
    credentials: Credentials;
    maxAttempts: 1;
  };
  /** What it has written to its log so far. */
  log(): string;
  remove(): Promise<void>;
}

export async function testEmulator(
  without: readonly string[] = [],
  identityProviders: Readonly<Record<string, string>> = {},
  stateFolder?: string,
): Promise<TestEmulator> {
  const folder = mkdtempSync(join(tmpdir(), "emulator-"));
  const python = resolve(__dirname, "../../../.cache/venv/bin/python");
  const emulator = await startEmulator({
    python,
    folder,
    account: ACCOUNT,
    region: REGION,
    without,
    identityProviders,
    stateFolder,
  });
  return {
    ...emulator,
    client: (credentials = rootCredentials(ACCOUNT)) => ({
      endpoint: emulator.url,
      region: REGION,
      credentials,
      maxAttempts: 1,
    }),
    log: () => readFileSync(join(folder, "emulator.log"), "utf8"),
    remove: async () => {
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Creates a role with the statements as its policy, and returns its ARN. */
export async function createRole(
  emulator: TestEmulator,
  name: string,
  statements: readonly object[],
  principal: object = { AWS: `arn:aws:iam::${ACCOUNT}:root` },
): Promise<string> {
  const iam = new IAMClient(emulator.client());
  const trust = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: principal },
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  if (statements.length > 0) {
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "rights", PolicyDocument: policy }),
    );
  }
  return Role!.Arn!;
}

/** Returns a session of a role with the statements as its policy. */
export async function sessionOf(
  emulator: TestEmulator,
  name: string,
  statements: readonly object[],
): Promise<Credentials> {
  const RoleArn = await createRole(emulator, name, statements);
  const sts = new STSClient(emulator.client());
  const { Credentials: issued } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
  return {
    accessKeyId: issued!.AccessKeyId!,
    secretAccessKey: issued!.SecretAccessKey!,
    sessionToken: issued!.SessionToken!,
  };
}

/** Calls SQS, which no client is installed for. */
export function sqs<Output>(emulator: Emulator, operation: string, input: object): Promise<Output> {
  return asRoot(emulator, "sqs", `AmazonSQS.${operation}`, input);
}

/** Calls a service that no client is installed for. */
export async function asRoot<Output>(
  emulator: Emulator,
  service: string,
  target: string,
  input: object,
): Promise<Output> {
  const body = JSON.stringify(input);
  const url = `${emulator.url}/`;
  const headers = { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target };
  const signature = signed(rootCredentials(ACCOUNT), { method: "POST", url, service, body });
  const answer = await fetch(url, { method: "POST", headers: { ...headers, ...signature }, body });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Output;
}

/** "allowed", or the refusal's message; any other error is thrown. */
export async function decision(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return "allowed";
  } catch (error) {
    if (!(error instanceof Error) || !/AccessDenied|AuthorizationError/.test(error.name)) throw error;
    return error.message;
  }
}

/** A Lambda's zip file with one CommonJS module. */
export async function functionZip(source: string, path = "index.js"): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(source), path);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
