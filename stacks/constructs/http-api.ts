import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Construct } from "constructs";
import type { LiveFunction } from "./live-function";

export interface HttpApiProps {
  readonly apiName: string;
  /** The function that answers every request. */
  readonly handler: LiveFunction;
}

/** An HTTP API that hands every request to the live version of one function; routing is the function's. */
export class HttpApi extends Construct {
  /** The base URL, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { apiName, handler }: HttpApiProps) {
    super(scope, id);
    const api = new Apigatewayv2Api(this, "api", { name: apiName, protocolType: "HTTP" });
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
    new Apigatewayv2Stage(this, "stage", {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
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
  }
}
