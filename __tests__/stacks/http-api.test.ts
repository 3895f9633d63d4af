import { resourcesOf, serviceStack, synthesized } from "../support/synth";

const prod = synthesized(serviceStack("prod"));
const dev = synthesized(serviceStack("dev"));
const apiOf = (stack: typeof prod) => resourcesOf(stack, "aws_apigatewayv2_api")[0]!;

describe("the HTTP API", () => {
  it("logs to its own log group who asked for what, and what came of it", () => {
    const [log] = Object.entries(prod.resource.aws_cloudwatch_log_group!).find(
      ([, { name }]) => name === "/aws/apigateway/hw-prod",
    )!;
    const [{ access_log_settings: settings } = {}] = resourcesOf(prod, "aws_apigatewayv2_stage");
    const { format, destination_arn } = settings as { format: string; destination_arn: string };
    expect(destination_arn).toBe(`\${aws_cloudwatch_log_group.${log}.arn}`);
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
    expect(JSON.parse(format)).toEqual({
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
    });
  });

  it("is called from pages of the named sites with every method that it answers, and with a content type", () => {
    const stack = synthesized(serviceStack("prod", { service_cors_origins: "https://a.example" }));
    expect(apiOf(stack).cors_configuration).toEqual({
      allow_origins: ["https://a.example"],
      allow_methods: ["GET", "HEAD", "PUT", "DELETE"],
      allow_headers: ["content-type"],
      max_age: 3600,
    });
  });

  it("keeps the tag that bootstrap gives production's, by which the boundaries recognize it", () => {
    expect(apiOf(prod).lifecycle).toEqual({ ignore_changes: ["tags", "tags_all"] });
    expect(apiOf(dev)).not.toHaveProperty("lifecycle");
    expect(Object.values(prod.data?.aws_apigatewayv2_apis ?? {})).toMatchObject([
      { name: "hw-prod", protocol_type: "HTTP" },
    ]);
  });
});
