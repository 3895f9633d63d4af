import { at, attack, type Attack } from "./attack";

const configuration = at("aws_codepipeline", "stage", 0, "action", 0, "configuration");

/** Attacks on the stack of a pipeline whose source is a connection. */
export const onConnection: readonly Attack[] = [
  attack(
    "another team's connection by its name",
    ["data", "aws_codestarconnections_connection", 0, "name"],
    "payments-github",
    "is a connection other than hw-github",
  ),
  attack(
    "another team's connection by its ARN",
    ["data", "aws_codestarconnections_connection", 0],
    { arn: "arn:aws:codestar-connections:eu-west-1:123456789012:connection/1" },
    'has "arn"',
  ),
  attack(
    "another team's connection in the source",
    [...configuration, "ConnectionArn"],
    "arn:aws:codestar-connections:eu-west-1:123456789012:connection/1",
    "must have the ARN of the connection hw-github",
  ),
  attack(
    "the ARN of something else as the connection",
    [...configuration, "ConnectionArn"],
    "${aws_iam_role.x.arn}",
    "must have the ARN of the connection hw-github",
  ),
  attack(
    "another attribute of the connection",
    [...configuration, "ConnectionArn"],
    "${data.aws_codestarconnections_connection.x.id}",
    "must have the ARN of the connection hw-github",
  ),
  attack(
    "the secret",
    ["data", "aws_secretsmanager_secret_version", "x"],
    { secret_id: "PIPELINE_GITHUB" },
    'data has "aws_secretsmanager_secret_version"',
  ),
  attack("a token and a webhook", ["resource", "aws_codepipeline_webhook", "x"], {}, "resource has"),
  attack("a provider with a token", ["provider", "github"], [{ token: "x" }], "provider is"),
  attack(
    "a source with a token",
    at("aws_codepipeline", "stage", 0, "action", 0),
    { name: "x", category: "Source", owner: "ThirdParty", provider: "GitHub", version: "1" },
    "has an action Source ThirdParty GitHub",
  ),
  attack(
    "a filter that starts it at a push to another branch",
    at("aws_codepipeline", "trigger"),
    [
      {
        provider_type: "CodeStarSourceConnection",
        git_configuration: { source_action_name: "Source1", push: [{ branches: { includes: ["**"] } }] },
      },
    ],
    "trigger must not be set without pipeline_ignore_paths",
  ),
  attack("no source", at("aws_codepipeline", "stage"), [], "begin with the source"),
];
