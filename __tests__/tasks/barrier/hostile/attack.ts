import type { Json, JsonObject } from "../../../../stacks/stack-json";

/** An attack: where a commit changes a stack, to what, and how it is refused. */
export interface Attack {
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly value: Json;
  readonly refusal: string | RegExp;
}

export const attack = (
  name: string,
  path: readonly (string | number)[],
  value: Json,
  refusal: string | RegExp,
): Attack => ({ name, path, value, refusal });

export const at = (type: string, ...path: (string | number)[]) => ["resource", type, 0, ...path];
export const secret = "data.aws_secretsmanager_secret_version.source_secret_16624AC4.secret_string";
export const token = `\${nonsensitive(jsondecode(${secret}).githubAccessToken)}`;
export const trusting = (principal: Json) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }],
  });
export const policy = (statement: JsonObject) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
