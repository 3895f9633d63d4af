import type { IncomingMessage } from "node:http";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateRouteCommand,
} from "@aws-sdk/client-apigatewayv2";
import type { Account } from "./object-events";

export interface Route {
  readonly routeKey: string;
  readonly type: "NONE" | "AWS_IAM" | "JWT";
  readonly scopes: readonly string[];
}

/** The tokens that routes of the type `JWT` accept. */
export interface Tokens {
  readonly issuer: string;
  readonly audience: string;
}

/** Whether a request is allowed, and what its event then says about its caller. */
export type Decision =
  | { readonly refusal: Refusal }
  | { readonly refusal?: undefined; readonly routeKey: string; readonly authorizer?: object };

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Decides on a request with its complete body; undefined if everyone is allowed. */
export type Authorize = (request: IncomingMessage, body: Buffer) => Promise<Decision | undefined>;

/**
 * Creates an HTTP API with these routes in the emulator, which decides on requests as for a deployed API; see
 * ministack/api_authorization.py.
 */
export async function createAuthorization(
  account: Account,
  routes: readonly Route[],
  tokens?: Tokens,
): Promise<Authorize> {
  const client = new ApiGatewayV2Client(account);
  const { ApiId } = await client.send(new CreateApiCommand({ Name: "local", ProtocolType: "HTTP" }));
  const AuthorizerId = tokens && (await createAuthorizer(client, ApiId!, tokens));
  for (const { routeKey, type, scopes } of routes) {
    await client.send(
      new CreateRouteCommand({
        ApiId,
        RouteKey: routeKey,
        AuthorizationType: type,
        ...(type === "JWT" && { AuthorizerId, AuthorizationScopes: [...scopes] }),
      }),
    );
  }
  client.destroy();
  return (request, body) => decide(account, ApiId!, request, body);
}

async function createAuthorizer(
  client: ApiGatewayV2Client,
  ApiId: string,
  { issuer, audience }: Tokens,
): Promise<string | undefined> {
  const { AuthorizerId } = await client.send(
    new CreateAuthorizerCommand({
      ApiId,
      Name: "tokens",
      AuthorizerType: "JWT",
      IdentitySource: ["$request.header.Authorization"],
      JwtConfiguration: { Issuer: issuer, Audience: [audience] },
    }),
  );
  return AuthorizerId;
}

/** @throws Error if the emulator does not decide */
async function decide(
  { endpoint, credentials }: Account,
  apiId: string,
  { method, url, rawHeaders }: IncomingMessage,
  body: Buffer,
): Promise<Decision> {
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1]!]] : [],
  );
  const response = await fetch(`${endpoint}/_rehearsal/api-authorization`, {
    method: "POST",
    headers: { authorization: `Bearer ${credentials.secretAccessKey}` },
    body: JSON.stringify({ apiId, request: { method, url, headers, body: body.toString("base64") } }),
  });
  if (!response.ok) throw new Error(`The emulator did not authorize a request: ${await response.text()}`);
  return (await response.json()) as Decision;
}
