import type { Settings } from "../../settings";
import type { Statement, TrustStatement } from "../constructs/policy";
import { policies, type Policy } from "./policies";

/** Where the page's stacks are deployed. */
const anywhere = { partition: "aws", region: "<region>", accountId: "<account>" };

// Prettier would pad every cell to the longest: a change of one would then change every line.
const opening = `# Permissions

<!-- prettier-ignore-start -->

Who is allowed to do what, and why: every statement in \`stacks/iam/\`, written here by \`npm run docs:permissions\`. Change the statement, not this page.

The names are those that the settings in \`.env.example\` give. \`<account>\` and \`<region>\` are where the stacks are deployed, and \`<environment>\` is dev or prod. \`<owner id>\` and \`<repository id>\` are GitHub's, read by bootstrap. If \`codebuild_role_arn\` is set, all steps use that role instead of their own. Where \`service_existing_bucket_dev\` or \`service_existing_bucket_prod\` is set, the steps that plan and deploy that environment have no permissions on its bucket, only on the rules for its events, \`<hw_stack_name>-<environment>-objects*\`.

A branch pipeline has the same permissions under its own names, without those on the topic and its key; its step \`DeployOnStage\` has those of \`DeployOnDev\`. Its boundary ends at these names.`;

const closing = `<!-- prettier-ignore-end -->`;

/** The page `docs/permissions.md` for an account with these settings. */
export function permissionsPage(settings: Settings): string {
  const sections = policies(settings, anywhere, "<environment>").map(section);
  return [opening, ...sections, closing].join("\n\n") + "\n";
}

function section({ title, name, usedBy, trust, statements }: Policy): string {
  return [
    `## ${title}`,
    [`${code(name)}. ${usedBy}`, ...(trust ?? []).map(trusted)].join(" "),
    ["| Effect | Actions | Resources | Conditions | Why |", "| --- | --- | --- | --- | --- |"]
      .concat(statements.map(row))
      .join("\n"),
  ].join("\n\n");
}

function trusted(statement: TrustStatement): string {
  const conditions = conditionsOf(statement);
  return [
    `It can be assumed by ${principals(statement).join(" and ")}`,
    conditions.length > 0 ? ` where ${conditions.join(" and ")}` : "",
    `. ${statement.why ?? ""}`,
  ].join("");
}

function row(statement: Statement): string {
  const cells = [
    [statement.Effect, ...principals(statement)],
    each(statement.Action).map(code),
    each(statement.Resource).map(code),
    conditionsOf(statement),
    [statement.why ?? ""],
  ];
  return `| ${cells.map((lines) => lines.join("<br>")).join(" | ")} |`;
}

/** The principals of a trust policy or a resource's policy. A role's own policy has none. */
function principals({ Principal = {} }: Pick<Statement, "Principal">): string[] {
  return (Principal === "*" ? ["*"] : Object.values(Principal).flatMap(each)).map(code);
}

function conditionsOf({ Condition = {} }: Pick<Statement, "Condition">): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(
      ([key, value]) => `${code(key)} ${operator} ${each(value).map(code).join(" or ")}`,
    ),
  );
}

function each(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function code(text: string): string {
  return `\`${text}\``;
}
