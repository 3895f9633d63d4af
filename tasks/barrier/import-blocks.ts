import { isDeepStrictEqual } from "node:util";
import { valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { excerpt } from "../../stacks/visible-text";

const FOR_EACH =
  /^\$\{toset\(\[for one in data\.aws_cloudwatch_log_groups\.([\w-]+)\.log_group_names : one if one == "([\w/-]+)"\]\)\}$/;

/**
 * Says which import blocks of a stack are not allowed. A log group that stayed when its function or step went is
 * imported under its own name; with any other import a stack could take over what is not its own.
 */
export function importProblems(json: JsonObject): string[] {
  const { import: blocks = [] } = json;
  if (!Array.isArray(blocks)) return ["import must be a list"];
  return (blocks as readonly Json[]).flatMap((block, index) =>
    isDeepStrictEqual(block, expectedBlock(json, block))
      ? []
      : [
          `import.${index} to ${excerpt(textAt(block, "to"))}: only a log group of the stack's own, by its name`,
        ],
  );
}

function expectedBlock({ data, resource }: JsonObject, block: Json): JsonObject | undefined {
  const [to, forEach] = [textAt(block, "to"), textAt(block, "for_each")];
  const [, id] = /^aws_cloudwatch_log_group\.([\w-]+)$/.exec(to) ?? [];
  const [, list, name] = FOR_EACH.exec(forEach) ?? [];
  if (id === undefined || list === undefined || name === undefined) return undefined;
  const prefix = valueAt(data, "aws_cloudwatch_log_groups", list, "log_group_name_prefix");
  if (prefix !== name || valueAt(resource, "aws_cloudwatch_log_group", id, "name") !== name) return undefined;
  return { to, id: "${each.value}", for_each: forEach };
}

function textAt(block: Json, key: string): string {
  const value = valueAt(block, key);
  return typeof value === "string" ? value : "";
}
