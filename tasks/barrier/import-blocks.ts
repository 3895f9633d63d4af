import { isDeepStrictEqual } from "node:util";
import { valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { excerpt } from "../../stacks/visible-text";

const LOG_GROUPS =
  /^\$\{toset\(\[for one in data\.aws_cloudwatch_log_groups\.([\w-]+)\.log_group_names : one if one == "([\w/-]+)"\]\)\}$/;

const APIS = /^\$\{data\.aws_apigatewayv2_apis\.([\w-]+)\.ids\}$/;

/**
 * Returns the import blocks of a stack that are not allowed. A log group that outlived its function or step, and
 * production's API, are imported by their own names; any other import could take over what is not the stack's own.
 */
export function importProblems(json: JsonObject): string[] {
  const { import: blocks = [] } = json;
  if (!Array.isArray(blocks)) return ["import must be a list"];
  return (blocks as readonly Json[]).flatMap((block, index) =>
    isDeepStrictEqual(block, expectedBlock(json, block))
      ? []
      : [
          `import.${index} to ${excerpt(textAt(block, "to"))}: only a log group or the API of the stack is allowed, by its name`,
        ],
  );
}

function expectedBlock({ data, resource }: JsonObject, block: Json): JsonObject | undefined {
  const [to, forEach] = [textAt(block, "to"), textAt(block, "for_each")];
  const address = /^(aws_cloudwatch_log_group|aws_apigatewayv2_api)\.([\w-]+)$/.exec(to);
  if (address === null) return undefined;
  const [, type, id] = address as unknown as [string, string, string];
  const name = valueAt(resource, type, id, "name");
  const found = type === "aws_apigatewayv2_api" ? apisNamed(data, forEach) : logGroupsNamed(data, forEach);
  return name !== undefined && found === name ? { to, id: "${each.value}", for_each: forEach } : undefined;
}

/** Returns the name of the APIs that an expression finds. */
function apisNamed(data: Json | undefined, expression: string): Json | undefined {
  const list = APIS.exec(expression)?.[1];
  return list && valueAt(data, "aws_apigatewayv2_apis", list, "name");
}

/** Returns the name of the log group that an expression finds. */
function logGroupsNamed(data: Json | undefined, expression: string): Json | undefined {
  const found = LOG_GROUPS.exec(expression);
  if (found === null) return undefined;
  const [, list, name] = found as unknown as [string, string, string];
  const prefix = valueAt(data, "aws_cloudwatch_log_groups", list, "log_group_name_prefix");
  return prefix === name ? name : undefined;
}

function textAt(block: Json, key: string): string {
  const value = valueAt(block, key);
  return typeof value === "string" ? value : "";
}
