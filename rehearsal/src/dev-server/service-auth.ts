import { randomBytes } from "node:crypto";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { namesOfStack } from "../../../stacks/names";
import { routeAuthorization, routesBesideDefault, type RouteSettings } from "../../../stacks/service-routes";
import { Issuer } from "../openid/issuer";
import type { SessionLog } from "../session-log";
import { createAuthorization, type Authorize } from "./authorization";
import type { Account } from "./object-events";

export type Auth = NonNullable<RouteSettings["service_auth"]>;

export interface ServiceAuthOptions {
  readonly auth: Auth;
  readonly corsOrigins: readonly string[];
  /** `hw_stack_name`, which the name of the client's secret follows from. */
  readonly stackName: string;
  readonly account: Account;
  readonly log: SessionLog;
}

/** Who is allowed to call the API. */
export interface ServiceAuth {
  /** Decides on requests, unless everyone is allowed. */
  readonly authorize?: Authorize;
  /** What the API's function has in its environment, to describe it in /openapi.json. */
  readonly functionVariables: Readonly<Record<string, string>>;
  /** What the integration tests need in their environment to call it. */
  readonly variables: Readonly<Record<string, string>>;
  /** A command that gets a token, with `service_auth=jwt`. */
  readonly tokenCommand?: string;
}

/** As in stacks/constructs/http-api.ts. */
const HEADERS: Readonly<Record<Auth, readonly string[]>> = {
  none: [],
  jwt: ["authorization"],
  iam: ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"],
};

/** The headers that a page of another origin is allowed to send. */
export function corsHeaders(auth: Auth): readonly string[] {
  return ["content-type", ...HEADERS[auth]];
}

/** Starts to authorize requests as the deployed API does, with a stand-in for the issuer of tokens. */
export async function startServiceAuth(options: ServiceAuthOptions): Promise<ServiceAuth> {
  const { auth, account } = options;
  if (auth === "none") return { functionVariables: {}, variables: { service_auth: auth } };
  const settings = { service_auth: auth, service_cors_origins: [...options.corsOrigins] };
  const routes = ["$default", ...routesBesideDefault(settings)].map((routeKey) => ({
    routeKey,
    ...routeAuthorization(settings, routeKey),
  }));
  if (auth !== "jwt") {
    return {
      authorize: await createAuthorization(account, routes),
      functionVariables: { SERVICE_AUTH: auth },
      variables: { service_auth: auth },
    };
  }
  const client = { id: "local", secret: randomBytes(30).toString("base64url"), audience: "documents-dev" };
  const scopes = ["documents:read", "documents:write"];
  const issuer = await Issuer.start({ log: options.log, scopes, clients: [client] });
  await storeClient(account, options.stackName, client);
  return {
    authorize: await createAuthorization(account, routes, { issuer: issuer.url, audience: client.audience }),
    functionVariables: { SERVICE_AUTH: auth, SERVICE_AUTH_ISSUER: issuer.url },
    variables: {
      service_auth: auth,
      service_auth_issuer: issuer.url,
      service_auth_dev_audience: client.audience,
      hw_stack_name: options.stackName,
    },
    tokenCommand: `curl -s -u ${client.id}:${client.secret} -d grant_type=client_credentials ${issuer.url}/token`,
  };
}

/** Stores a client where tasks/service-client/ looks for it. */
async function storeClient(
  account: Account,
  stackName: string,
  client: { readonly id: string; readonly secret: string },
): Promise<void> {
  const secrets = new SecretsManagerClient(account);
  await secrets.send(
    new CreateSecretCommand({
      Name: namesOfStack(stackName).serviceAuthSecret("dev"),
      SecretString: JSON.stringify({ clientId: client.id, clientSecret: client.secret }),
    }),
  );
  secrets.destroy();
}
