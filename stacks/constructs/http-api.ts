import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api";
import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { DataAwsApigatewayv2Apis } from "@cdktf/provider-aws/lib/data-aws-apigatewayv2-apis";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { ImportEach } from "./import-each";
import { keptLogGroup } from "./kept-log-group";
import type { VersionedFunction } from "./versioned-function";

export interface HttpApiProps {
  readonly apiName: string;
  readonly triggers: readonly HttpTriggerProps[];
  /** The tokens that routes with the authorization `JWT` accept. */
  readonly tokens?: { readonly issuer: string; readonly audience: string };
  /** The origins whose pages are allowed to call it in a browser. */
  readonly corsOrigins: readonly string[];
  /** Requests above this rate get 429, after a burst of twice as many, up to the account's quota. */
  readonly requestsPerSecond: number;
  readonly accessLogGroup: string;
  /** Whether an existing API of this name is imported. */
  readonly imported: boolean;
  /** Whether bootstrap manages its tags. */
  readonly taggedByBootstrap: boolean;
}

/** A function, and the routes whose requests invoke it. */
export interface HttpTriggerProps {
  readonly handler: VersionedFunction;
  readonly routes: readonly HttpRoute[];
  /** What the construct ids of the first route, of the integration and of the permission end in. */
  readonly suffix: string;
}

export interface HttpRoute {
  /** A method and a path, or `$default` for requests without a route of their own. */
  readonly routeKey: string;
  readonly authorization: "NONE" | "AWS_IAM" | "JWT";
  /** A token must have one of these scopes, if there are any. */
  readonly scopes: readonly string[];
}

/**
 * The maximum burst (size of the token bucket). It grows with the account's rate, and only AWS can raise it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const BURST_QUOTA = 5000;

/** A line of the access log: the request, the response, and the ids that lead to other logs. */
const accessLogFormat = {
  time: "$context.requestTime",
  requestId: "$context.requestId",
  ip: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  bytes: "$context.responseLength",
  milliseconds: "$context.responseLatency",
  functionRequestId: "$context.integration.requestId",
  error: "$context.error.message",
  functionError: "$context.integrationErrorMessage",
};

/** An HTTP API that invokes the live versions of functions, one for each route. */
export class HttpApi extends Construct {
  /** The base URL, without a slash at the end. */
  readonly url: string;
  readonly id: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { apiName, corsOrigins, requestsPerSecond } = props;
    const api = new Apigatewayv2Api(this, "api", {
      name: apiName,
      protocolType: "HTTP",
      // The boundaries use one of them.
      ...(props.taggedByBootstrap && { lifecycle: { ignoreChanges: ["tags", "tags_all"] } }),
      ...(corsOrigins.length > 0 && {
        corsConfiguration: {
          allowOrigins: [...corsOrigins],
          allowMethods: ["GET", "HEAD", "PUT", "DELETE"],
          allowHeaders: ["content-type", ...authorizationHeaders(props)],
          // Seconds that a browser caches the answer to a preflight request.
          maxAge: 3600,
        },
      }),
    });
    if (props.imported) {
      const existing = new DataAwsApigatewayv2Apis(this, "existing", { name: apiName, protocolType: "HTTP" });
      new ImportEach(this, "import", api, `${existing.fqn}.ids`);
    }
    const log = keptLogGroup(this, "access-log", props.accessLogGroup);
    const authorizer = props.tokens && this.authorizer(api, props.tokens);
    const routes = props.triggers.flatMap((trigger) => this.trigger(api, trigger, authorizer));
    new Apigatewayv2Stage(this, "stage", {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: {
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: Math.min(2 * requestsPerSecond, BURST_QUOTA),
      },
      accessLogSettings: { destinationArn: log.arn, format: JSON.stringify(accessLogFormat) },
      // The steps that deploy set the delivered commit, which would otherwise be in every plan.
      lifecycle: { ignoreChanges: ["stage_variables"] },
      dependsOn: routes,
    });
    this.url = api.apiEndpoint;
    this.id = api.id;
  }

  /** API Gateway validates tokens itself: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html */
  private authorizer(
    api: Apigatewayv2Api,
    { issuer, audience }: NonNullable<HttpApiProps["tokens"]>,
  ): Apigatewayv2Authorizer {
    return new Apigatewayv2Authorizer(this, "tokens", {
      apiId: api.id,
      name: "tokens",
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { issuer, audience: [audience] },
    });
  }

  private trigger(
    api: Apigatewayv2Api,
    { handler, routes, suffix }: HttpTriggerProps,
    authorizer: Apigatewayv2Authorizer | undefined,
  ): Apigatewayv2Route[] {
    const integration = new Apigatewayv2Integration(this, `integration${suffix}`, {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: handler.alias.invokeArn,
      payloadFormatVersion: "2.0",
    });
    new LambdaPermission(this, `may-invoke${suffix}`, {
      functionName: handler.function.functionName,
      qualifier: handler.alias.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: `${api.executionArn}/*`,
    });
    return routes.map(({ routeKey, authorization, scopes }, index) => {
      const id = index === 0 ? `route${suffix}` : `route${suffix}-${idOf(routeKey)}`;
      const route = new Apigatewayv2Route(this, id, {
        apiId: api.id,
        routeKey,
        target: `integrations/${integration.id}`,
        // Without it, a deployment from before there were authorizers stays as it is.
        ...(authorization !== "NONE" && { authorizationType: authorization }),
        ...(authorization === "JWT" && { authorizerId: authorizer?.id }),
        ...(scopes.length > 0 && { authorizationScopes: [...scopes] }),
      });
      if (authorization === "NONE") {
        acceptFindings(route, {
          CKV_AWS_309: "Anyone is allowed to call this route. The setting service_auth closes the others.",
        });
      }
      return route;
    });
  }
}

/** The headers that authorize a request from a page. */
function authorizationHeaders({ triggers }: HttpApiProps): string[] {
  const used = triggers.flatMap(({ routes }) => routes.map(({ authorization }) => authorization));
  if (used.includes("JWT")) return ["authorization"];
  if (!used.includes("AWS_IAM")) return [];
  return ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
}

/** Returns the end of a construct id: `get-health` for `GET /health`. */
function idOf(routeKey: string): string {
  return routeKey
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")
    .replace(/-$/, "");
}
