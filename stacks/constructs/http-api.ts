import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { DataAwsApigatewayv2Apis } from "@cdktf/provider-aws/lib/data-aws-apigatewayv2-apis";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import { acceptFindings } from "./accepted-findings";
import { ImportEach } from "./import-each";
import { keptLogGroup } from "./kept-log-group";
import type { LiveFunction } from "./live-function";

export interface HttpApiProps {
  readonly apiName: string;
  /** The function that answers every request. */
  readonly handler: LiveFunction;
  /** The origins whose pages may call it in a browser; none: no other site's page may. */
  readonly corsOrigins: readonly string[];
  /** Requests above that rate get 429, after a burst of twice as many or of the account's quota. */
  readonly requestsPerSecond: number;
  readonly accessLogGroup: string;
  /** Whether it is imported where an API of its name is there already. */
  readonly imported: boolean;
}

/**
 * The maximum burst (size of the token bucket). It grows with the account's rate, and only AWS can raise it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
const BURST_QUOTA = 5000;

/** A line of the access log: who asked what, what was answered, and by which ids to find more of it. */
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

/** An HTTP API that hands every request to the live version of one function; routing is the function's. */
export class HttpApi extends Construct {
  /** The base URL, without a slash at the end. */
  readonly url: string;
  readonly id: string;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { apiName, handler, corsOrigins, requestsPerSecond } = props;
    const api = new Apigatewayv2Api(this, "api", {
      name: apiName,
      protocolType: "HTTP",
      // Bootstrap tags it, and the boundaries know it by that.
      ...(props.imported && { lifecycle: { ignoreChanges: ["tags", "tags_all"] } }),
      ...(corsOrigins.length > 0 && {
        corsConfiguration: {
          allowOrigins: [...corsOrigins],
          allowMethods: ["GET", "HEAD", "PUT", "DELETE"],
          allowHeaders: ["content-type"],
          // Seconds for which a browser need not ask again.
          maxAge: 3600,
        },
      }),
    });
    if (props.imported) {
      const existing = new DataAwsApigatewayv2Apis(this, "existing", { name: apiName, protocolType: "HTTP" });
      new ImportEach(this, "import", api, `${existing.fqn}.ids`);
    }
    const log = keptLogGroup(this, "access-log", props.accessLogGroup);
    const integration = new Apigatewayv2Integration(this, "integration", {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: handler.alias.invokeArn,
      payloadFormatVersion: "2.0",
    });
    const route = new Apigatewayv2Route(this, "route", {
      apiId: api.id,
      routeKey: "$default",
      target: `integrations/${integration.id}`,
    });
    acceptFindings(route, {
      CKV_AWS_309:
        "The API that comes with the project is public; a service of your own brings its authorizer.",
    });
    new Apigatewayv2Stage(this, "stage", {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: {
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: Math.min(2 * requestsPerSecond, BURST_QUOTA),
      },
      accessLogSettings: { destinationArn: log.arn, format: JSON.stringify(accessLogFormat) },
      dependsOn: [route],
    });
    new LambdaPermission(this, "may-invoke", {
      functionName: handler.function.functionName,
      qualifier: handler.alias.name,
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: `${api.executionArn}/*`,
    });
    this.url = api.apiEndpoint;
    this.id = api.id;
  }
}
