/** The permissions on the pipeline's source: a token and a webhook, or a connection. */
import { allow, type Statement } from "../constructs/policy";
import type { Arns } from "./arns";

/** The pipeline's own role reads the repository. The token is part of its definition. */
export function useSource({ connection }: Arns): Statement[] {
  if (connection === undefined) return [];
  return [
    allow(
      "codestar-connections:UseConnection",
      connection,
      "Source1 reads the repository through the connection.",
    ),
  ];
}

/** Deploys the source action and what starts the pipeline. */
export function deploySource(arns: Arns): Statement[] {
  const { connection } = arns;
  if (connection !== undefined) {
    return [
      allow("codepipeline:ListTagsForResource", arns.pipeline, "Reads the tags of the pipeline."),
      allow(
        "codestar-connections:PassConnection",
        connection,
        "CodePipeline asks for it when a pipeline with this connection is updated.",
      ),
      ...readConnection(connection),
    ];
  }
  return [
    allow(
      ["codepipeline:PutWebhook", "codepipeline:ListTagsForResource"],
      [arns.webhook, arns.pipeline],
      "AWS checks a webhook as itself and as the pipeline that it starts.",
    ),
    listWebhooks,
    readToken(arns),
  ];
}

/** Reads the source for a plan. */
export function readSource(arns: Arns): Statement[] {
  const { connection } = arns;
  if (connection !== undefined) {
    return [
      allow("codepipeline:ListTagsForResource", arns.pipeline, "Reads the tags of the pipeline."),
      ...readConnection(connection),
    ];
  }
  return [
    allow(
      "codepipeline:ListTagsForResource",
      [arns.pipeline, arns.webhook],
      "Reads the tags of the pipeline and of its webhook.",
    ),
    listWebhooks,
    readToken(arns),
  ];
}

/**
 * The most that roles of the pipeline can do with its source.
 *
 * @param connection its ARN; undefined if the source is a token and a webhook
 */
export function limitSource(arns: Arns, connection: string | undefined): Statement[] {
  if (connection === undefined) return [readToken(arns)];
  return [
    allow("codestar-connections:*Connection", connection, "The source's connection, and no other."),
    ...readConnection(connection),
    ...(arns.names.setsCommitStatuses
      ? [allow("secretsmanager:GetSecretValue", arns.secret, "The GitHub token that sets commit statuses.")]
      : []),
  ];
}

const listWebhooks = allow(
  "codepipeline:ListWebhooks",
  "*",
  "Listing webhooks has no resource-level permissions.",
);

function readToken(arns: Arns): Statement {
  return allow(
    "secretsmanager:GetSecretValue",
    arns.secret,
    "Source1 and the webhook need the GitHub token; AWS appends six characters to the secret's name.",
  );
}

/** Finds the connection by its name, and reads it. Only the operator changes it. */
function readConnection(connection: string): Statement[] {
  return [
    allow(
      "codestar-connections:ListConnections",
      "*",
      "Listing connections has no resource-level permissions.",
    ),
    allow(
      ["codestar-connections:GetConnection", "codestar-connections:ListTagsForResource"],
      connection,
      "Reads the connection.",
    ),
  ];
}
