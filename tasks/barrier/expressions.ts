import { readableAttributes, type Allowed } from "./allowed";
import { ASSET } from "./argument-rules";
import type { Expected } from "./expected";
import { entriesOf, type Json, type JsonObject } from "../../stacks/stack-json";
import { expressionsIn, referenceIn } from "./template";
import { excerpt } from "../../stacks/visible-text";

type Path = readonly (string | number)[];

/**
 * Returns the expressions of a stack that are not allowed. An expression can read attributes of the stack's own
 * resources, hash a file below `assets/`, and read the secret where the pipeline needs it; other functions are refused.
 */
export function expressionProblems(json: JsonObject, expected: Expected): string[] {
  const problems: string[] = [];
  visit(json, [], (text, path, isKey) => {
    // import-blocks.ts compares these as a whole.
    if (path[0] === "import") return;
    try {
      for (const expression of expressionsIn(text)) {
        if (!isKey && isAllowed(expression, path, expected)) continue;
        problems.push(`${path.join(".")} has the expression ${excerpt(`\${${expression}}`)}`);
      }
    } catch (error) {
      problems.push(`${path.join(".")} has ${(error as Error).message}`);
    }
  });
  return problems;
}

function isAllowed(expression: string, path: Path, expected: Expected): boolean {
  const reference = referenceIn(expression);
  if (reference !== undefined) {
    const { resources, data } = expected.allowed;
    const known: Allowed["data"] = reference.isData ? data : resources;
    return Object.hasOwn(known, reference.type) && readableAttributes.includes(reference.attribute);
  }
  const [, file] = /^filebase64sha256\("([^"]*)"\)$/.exec(expression) ?? [];
  if (file !== undefined) return ASSET.test(file);
  return secretPlaces(expected).some(({ at, is }) => matches(path, at) && is.test(expression));
}

/** The places that need the secret, each with its only expression. */
function secretPlaces({ webhook }: Expected) {
  const secret = String.raw`jsondecode\(data\.aws_secretsmanager_secret_version\.[\w-]+\.secret_string\)`;
  const token = new RegExp(`^${secret}\\.githubAccessToken$`);
  // Names of webhooks have no special characters of regular expressions.
  const derived = new RegExp(`^sha256\\(join\\(":", \\[${secret}\\.webhookSecret, "${webhook}"\\]\\)\\)$`);
  return [
    { at: ["provider", "github", 0, "token"], is: token },
    {
      at: ["resource", "aws_codepipeline", "*", "stage", 0, "action", 0, "configuration", "OAuthToken"],
      is: token,
    },
    {
      at: ["resource", "aws_codepipeline_webhook", "*", "authentication_configuration", "secret_token"],
      is: derived,
    },
    { at: ["resource", "github_repository_webhook", "*", "configuration", "secret"], is: derived },
  ];
}

function matches(path: Path, pattern: Path): boolean {
  return path.length === pattern.length && pattern.every((key, index) => key === "*" || key === path[index]);
}

/** Visits every string of a value, and every key: keys are templates too. */
function visit(value: Json, path: Path, see: (text: string, path: Path, isKey: boolean) => void): void {
  if (typeof value === "string") see(value, path, false);
  if (Array.isArray(value)) {
    (value as readonly Json[]).forEach((one, index) => visit(one, [...path, index], see));
    return;
  }
  for (const [key, one] of entriesOf(value)) {
    see(key, path, true);
    visit(one, [...path, key], see);
  }
}
