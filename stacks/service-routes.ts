/** Who is allowed to call each route of the API, by the setting `service_auth`. */
import type { Settings } from "../settings";
import { releasedEnvironment, type Environment } from "./names";

/** The settings that decide about routes. */
export type RouteSettings = Pick<Settings, "service_auth" | "service_cors_origins">;

type TokenSettings = Partial<
  Pick<
    Settings,
    "service_auth" | "service_auth_issuer" | "service_auth_audience" | "service_auth_dev_audience"
  >
>;

/** How API Gateway authorizes the requests of a route. */
export interface RouteAuthorization {
  readonly type: "NONE" | "AWS_IAM" | "JWT";
  /** With a token: it must have one of these scopes. Without any, every valid token is enough. */
  readonly scopes: readonly string[];
}

/** The tokens that a JWT authorizer accepts. */
export interface TokenConfiguration {
  readonly issuer: string;
  readonly audience: string;
}

/** Answers monitors and load balancers, which have no credentials. */
const healthRoutes = ["GET /health", "HEAD /health"];

/**
 * Browsers send preflight requests without credentials. `$default` would ask for them:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
const preflightRoute = "OPTIONS /{path+}";

/** The second of each is how Amazon Cognito writes it: `<resource server>/<scope>`. */
const READ = ["documents:read", "documents/read"];
const WRITE = ["documents:write", "documents/write"];

const scopesOf: Readonly<Record<string, readonly string[]>> = {
  GET: READ,
  HEAD: READ,
  PUT: WRITE,
  POST: WRITE,
  DELETE: WRITE,
  PATCH: WRITE,
  ANY: WRITE,
};

/** Returns the routes that the API's function has beside `$default`. */
export function routesBesideDefault(settings: RouteSettings): string[] {
  const open = [...healthRoutes, ...(settings.service_cors_origins.length > 0 ? [preflightRoute] : [])];
  switch (settings.service_auth) {
    case undefined:
    case "none":
      return [];
    case "iam":
      // With a path of its own, a request's ARN has its method and path.
      return [...open, "ANY /{path+}"];
    case "jwt":
      return [...open, ...["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"].map((one) => `${one} /{path+}`)];
  }
}

/** Returns who is allowed to call a route. A route that is not known to be open is closed. */
export function routeAuthorization(settings: RouteSettings, routeKey: string): RouteAuthorization {
  const { service_auth: auth = "none" } = settings;
  const isPreflight = routeKey === preflightRoute && settings.service_cors_origins.length > 0;
  if (auth === "none" || healthRoutes.includes(routeKey) || isPreflight) return { type: "NONE", scopes: [] };
  if (auth === "iam") return { type: "AWS_IAM", scopes: [] };
  return { type: "JWT", scopes: scopesOf[routeKey.split(" ")[0]!] ?? [] };
}

/**
 * Returns the tokens that an environment accepts; undefined if `service_auth` is not `jwt`. Those for production have an
 * audience of their own: the tests of the other environments run a commit's code, which could keep its token.
 */
export function tokenConfiguration(
  settings: TokenSettings,
  environment: Environment,
): TokenConfiguration | undefined {
  if (settings.service_auth !== "jwt") return undefined;
  const audience =
    environment === releasedEnvironment ? settings.service_auth_audience : settings.service_auth_dev_audience;
  return { issuer: settings.service_auth_issuer!, audience: audience! };
}
