import { declared } from "../support/pipelines";
import { checkConstraints } from "../../../src/aws/model/check-constraints";
import { serviceModel, type ModelName } from "../../../src/aws/model/service-model";

const check = (service: ModelName, operation: string, input: object) => () =>
  checkConstraints(serviceModel(service), operation, input);

const stages = (configuration: Record<string, string>) => {
  const [source] = declared([]).stages!;
  const action = { ...source!.actions![0]!, configuration };
  return { pipeline: declared([{ name: "Other", actions: [action, action] }]) };
};

it("accepts what the model allows", () => {
  expect(check("codepipeline", "CreatePipeline", { pipeline: declared([]) })).not.toThrow();
});

// Texts of AWS: see the sources in check-constraints.ts.
it.each<[string, ModelName, string, object, object]>([
  [
    "all violations of a map in one message",
    "codepipeline",
    "CreatePipeline",
    stages({ ProjectName: "" }),
    {
      code: "ValidationException",
      message:
        "2 validation errors detected: " +
        "Value at 'pipeline.stages.2.member.actions.1.member.configuration' failed to satisfy constraint: " +
        "Map value must satisfy constraint: [Member must have length less than or equal to 1000, " +
        "Member must have length greater than or equal to 1]; " +
        "Value at 'pipeline.stages.2.member.actions.2.member.configuration' failed to satisfy constraint: " +
        "Map value must satisfy constraint: [Member must have length less than or equal to 1000, " +
        "Member must have length greater than or equal to 1]",
    },
  ],
  [
    "a length, with the member in lowercase",
    "codestar-connections",
    "CreateConnection",
    { ConnectionName: "x".repeat(33) },
    {
      code: "ValidationException",
      message:
        "1 validation error detected: Value at 'connectionName' failed to satisfy constraint: " +
        "Member must have length less than or equal to 32",
    },
  ],
  [
    "a pattern",
    "codepipeline",
    "GetPipeline",
    { name: "a b" },
    {
      code: "ValidationException",
      message:
        "1 validation error detected: Value at 'name' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+",
    },
  ],
  [
    "a missing member",
    "codepipeline",
    "GetPipeline",
    {},
    {
      code: "ValidationException",
      message:
        "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must not be null",
    },
  ],
  [
    "an enum, with CodeBuild's error code",
    "codebuild",
    "ListBuilds",
    { sortOrder: "UP" },
    {
      code: "InvalidInputException",
      message:
        "1 validation error detected: Value at 'sortOrder' failed to satisfy constraint: " +
        "Member must satisfy enum value set: [ASCENDING, DESCENDING]",
    },
  ],
])("names %s", (_, service, operation, input, expected) => {
  expect(check(service, operation, input)).toThrow(expect.objectContaining(expected) as Error);
});

it("counts characters, of which JavaScript counts some twice", () => {
  expect(
    check("codestar-connections", "CreateConnection", { ConnectionName: "😀".repeat(32) }),
  ).not.toThrow();
});

it("never repeats a value, which can be a token", () => {
  const authenticationConfiguration = { SecretToken: "s3cret".repeat(20) };
  const webhook = {
    name: "push",
    targetPipeline: "delivery",
    targetAction: "Source1",
    filters: [],
    authentication: "GITHUB_HMAC",
    authenticationConfiguration,
  };
  expect(check("codepipeline", "PutWebhook", { webhook })).toThrow(/secretToken/);
  expect(check("codepipeline", "PutWebhook", { webhook })).not.toThrow(/s3cret/);
});
