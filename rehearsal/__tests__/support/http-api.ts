import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRole, functionZip, type TestEmulator } from "../ministack/fixture";

/** The origin that the API's CORS configuration allows. */
export const PAGE = "https://www.example.com";

const NAME = "documents";

export interface TestRoute {
  readonly routeKey: string;
  readonly authorization: "NONE" | "AWS_IAM" | "JWT";
  readonly scopes?: readonly string[];
}

export interface TestApi {
  readonly id: string;
  readonly name: string;
  /** The base URL, without a slash at the end. */
  readonly url: string;
}

/** Creates HTTP APIs whose function answers with its event. */
export class HttpApis {
  private constructor(
    private readonly client: ApiGatewayV2Client,
    private readonly functionArn: string,
  ) {}

  static async on(emulator: TestEmulator): Promise<HttpApis> {
    const Role = await createRole(emulator, "echo", [], { Service: "lambda.amazonaws.com" });
    const lambda = new LambdaClient(emulator.client());
    const { FunctionArn, FunctionName } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: "echo",
        Role,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: {
          ZipFile: await functionZip(
            "exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });",
          ),
        },
      }),
    );
    await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: "api",
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
      }),
    );
    return new HttpApis(new ApiGatewayV2Client(emulator.client()), FunctionArn!);
  }

  /** @param issuer whose tokens for `documents` are accepted on routes with `JWT`; default: no one's */
  async create(routes: readonly TestRoute[], issuer?: string): Promise<TestApi> {
    const { ApiId, ApiEndpoint } = await this.client.send(
      new CreateApiCommand({
        Name: NAME,
        ProtocolType: "HTTP",
        CorsConfiguration: { AllowOrigins: [PAGE], AllowMethods: ["GET", "PUT"] },
      }),
    );
    const { IntegrationId } = await this.client.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: "AWS_PROXY",
        IntegrationUri: this.functionArn,
        PayloadFormatVersion: "2.0",
      }),
    );
    const AuthorizerId = issuer && (await this.createAuthorizer(ApiId!, issuer));
    for (const { routeKey, authorization, scopes = [] } of routes) {
      await this.client.send(
        new CreateRouteCommand({
          ApiId,
          RouteKey: routeKey,
          Target: `integrations/${IntegrationId}`,
          AuthorizationType: authorization,
          ...(authorization === "JWT" && { AuthorizerId, AuthorizationScopes: [...scopes] }),
        }),
      );
    }
    await this.client.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true }));
    return { id: ApiId!, name: NAME, url: ApiEndpoint! };
  }

  private async createAuthorizer(ApiId: string, Issuer: string): Promise<string | undefined> {
    const { AuthorizerId } = await this.client.send(
      new CreateAuthorizerCommand({
        ApiId,
        Name: "tokens",
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer, Audience: ["documents"] },
      }),
    );
    return AuthorizerId;
  }
}
