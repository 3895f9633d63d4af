import { resourcesOf, serviceStack, synthesized } from "../support/synth";

const prod = synthesized(serviceStack("prod"));
const existing = synthesized(serviceStack("prod", { service_existing_bucket_prod: "acme-documents" }));

describe("a permission to invoke a function", () => {
  const permissions = [prod, existing].flatMap((stack) => resourcesOf(stack, "aws_lambda_permission"));

  it("is one service's, for the live version, from the one source that invokes it", () => {
    const sources: Readonly<Record<string, RegExp>> = {
      "apigateway.amazonaws.com": /^\$\{aws_apigatewayv2_api\..+\.execution_arn\}\/\*$/,
      "s3.amazonaws.com": /^\$\{aws_s3_bucket\..+\.arn\}$/,
      "events.amazonaws.com": /^\$\{aws_cloudwatch_event_rule\..+\.arn\}$/,
    };
    expect(new Set(permissions.map(({ principal }) => principal))).toEqual(new Set(Object.keys(sources)));
    for (const permission of permissions)
      expect(permission).toMatchObject({
        action: "lambda:InvokeFunction",
        qualifier: expect.stringMatching(/^\$\{aws_lambda_alias\..+\.name\}$/) as string,
        source_arn: expect.stringMatching(sources[String(permission.principal)]!) as string,
      });
  });
});

describe("a function", () => {
  it("has the memory and the time of its definition", () => {
    const functions = resourcesOf(prod, "aws_lambda_function");
    expect(
      functions
        .map(({ function_name, memory_size, timeout }) => [function_name, memory_size, timeout])
        .sort(),
    ).toEqual([
      ["hw-prod-api", 512, 25],
      ["hw-prod-record-object", 256, 900],
    ]);
  });

  it("that answers requests has no dead-letter queue: the caller gets the error", () => {
    for (const one of resourcesOf(prod, "aws_lambda_function"))
      expect("dead_letter_config" in one).toBe(one.function_name === "hw-prod-record-object");
  });
});

it("the target of a rule has an id that stays: Terraform would add a second target with a generated one", () => {
  expect(resourcesOf(existing, "aws_cloudwatch_event_target")).toMatchObject([{ target_id: "function" }]);
});
