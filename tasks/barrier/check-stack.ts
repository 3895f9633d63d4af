import { isDeepStrictEqual } from "node:util";
import { lifecycleArguments, metaArguments, type Allowed } from "./allowed";
import { argumentRules } from "./argument-rules";
import { digestProblems } from "../../stacks/pipeline/definition";
import type { Expected } from "./expected";
import { expressionProblems } from "./expressions";
import { importProblems } from "./import-blocks";
import { entriesOf, isObject, valueAt, type Json, type JsonObject } from "../../stacks/stack-json";
import { excerpt, visible } from "../../stacks/visible-text";

/**
 * Returns what a synthesized stack has that is not allowed, one problem per line with its address. A build passes the
 * stack to Terraform only if there is none. What is not on the allow list is refused.
 */
export function stackProblems(stackId: string, json: JsonObject, expected: Expected): string[] {
  return [
    ...unlisted(json, ["//", "data", "import", "output", "provider", "resource", "terraform"], "the stack"),
    ...importProblems(json),
    ...terraformProblems(json.terraform, expected),
    ...providerProblems(json.provider, expected),
    ...blockProblems(json.data, "data", expected.allowed.data, ["//"]),
    ...blockProblems(json.resource, "resource", expected.allowed.resources, metaArguments),
    ...entriesOf(json.output).flatMap(([name, output]) => unlisted(output, ["value"], `output.${name}`)),
    ...secretProblems(json.data, expected),
    ...connectionProblems(json.data, expected),
    ...resourceProblems(json.resource, expected),
    ...expressionProblems(json, expected),
    ...(expected.kind === "pipeline" ? digestProblems(json) : []),
  ].map((problem) => visible(`${stackId}: ${problem}`));
}

/** Returns a problem for each key of a value that is not allowed. */
function unlisted(value: Json | undefined, keys: readonly string[], address: string): string[] {
  if (!isObject(value)) return [`${address} is ${shown(value)}: only an object is allowed`];
  return Object.keys(value)
    .filter((key) => !keys.includes(key))
    .map((key) => `${address} has ${excerpt(key)}: only ${keys.join(", ") || "nothing"} is allowed`);
}

/** The backend and the required providers must be exactly these. */
function terraformProblems(terraform: Json | undefined, { backend, allowed }: Expected): string[] {
  const expected = {
    backend: { s3: { ...backend, encrypt: true, use_lockfile: true } },
    required_providers: allowed.providers,
  };
  if (isDeepStrictEqual(terraform, expected)) return [];
  return [`terraform is ${shown(terraform)}: only ${JSON.stringify(expected)} is allowed`];
}

/** Each provider has one configuration: empty for AWS, with the owner and the token for GitHub. */
function providerProblems(provider: Json | undefined, { allowed, repository }: Expected): string[] {
  const token = valueAt(provider, "github", 0, "token");
  const isExpression = typeof token === "string" && /^\$\{[^{}]*\}$/.test(token);
  const expected = {
    aws: [{}],
    // expressions.ts checks which expression it is; the token itself would be in every plan.
    ...("github" in allowed.providers && {
      github: [{ owner: repository.owner, token: isExpression ? token : "${…}" }],
    }),
  };
  if (isDeepStrictEqual(provider, expected)) return [];
  return [`provider is ${shown(provider)}: only ${JSON.stringify(expected)} is allowed`];
}

/** Checks the types, names and arguments of resources or data sources. */
function blockProblems(
  types: Json | undefined,
  address: string,
  allowed: Allowed["resources"],
  always: readonly string[],
): string[] {
  return [
    ...(types === undefined ? [] : unlisted(types, Object.keys(allowed), address)),
    ...entriesOf(types).flatMap(([type, named]) =>
      isObject(named)
        ? entriesOf(named).flatMap(([name, block]) => [
            ...(/^[A-Za-z_][\w-]*$/.test(name) ? [] : [`${address}.${type} has the name ${excerpt(name)}`]),
            ...unlisted(
              block,
              [...always, ...(Object.hasOwn(allowed, type) ? allowed[type]! : [])],
              `${address}.${type}.${name}`,
            ),
          ])
        : [`${address}.${type} is ${shown(named)}: only an object is allowed`],
    ),
  ];
}

/** The pipeline's secret is the only one that a stack can read. */
function secretProblems(data: Json | undefined, { secretName }: Expected): string[] {
  return entriesOf(valueAt(data, "aws_secretsmanager_secret_version"))
    .filter(([, block]) => valueAt(block, "secret_id") !== secretName)
    .map(
      ([name]) => `data.aws_secretsmanager_secret_version.${name} reads a secret other than ${secretName}`,
    );
}

/** A connection of another name can be another team's. */
function connectionProblems(data: Json | undefined, { connection }: Expected): string[] {
  return entriesOf(valueAt(data, "aws_codestarconnections_connection"))
    .filter(([, block]) => valueAt(block, "name") !== connection)
    .map(
      ([name]) => `data.aws_codestarconnections_connection.${name} is a connection other than ${connection}`,
    );
}

function resourceProblems(resources: Json | undefined, expected: Expected): string[] {
  return entriesOf(resources).flatMap(([type, named]) =>
    entriesOf(named).flatMap(([name, resource]) => {
      if (!isObject(resource)) return [];
      const address = `resource.${type}.${name}`;
      return [
        ...Object.entries(argumentRules).flatMap(([argument, rule]) => {
          const [of, key] = argument.split(".") as [string, string];
          const problem = of === type ? rule(valueAt(resource, key), expected, resource) : undefined;
          return problem === undefined ? [] : [`${address}.${key} ${problem}`];
        }),
        ...metaProblems(resource, address),
      ];
    }),
  );
}

/** `depends_on` and `lifecycle` contain addresses and names only, no expressions. */
function metaProblems({ depends_on: dependsOn, lifecycle }: JsonObject, address: string): string[] {
  return [
    ...(areTexts(dependsOn, /^[a-z0-9_]+\.[\w-]+$/)
      ? []
      : [`${address}.depends_on is ${shown(dependsOn)}: only addresses of resources are allowed`]),
    ...(lifecycle === undefined ? [] : unlisted(lifecycle, lifecycleArguments, `${address}.lifecycle`)),
    ...(areTexts(valueAt(lifecycle, "ignore_changes"), /^[a-z_]+$/)
      ? []
      : [`${address}.lifecycle.ignore_changes can only be a list of arguments`]),
    ...(["undefined", "boolean"].includes(typeof valueAt(lifecycle, "prevent_destroy"))
      ? []
      : [`${address}.lifecycle.prevent_destroy can only be true or false`]),
  ];
}

function areTexts(value: Json | undefined, pattern: RegExp): boolean {
  return (
    value === undefined ||
    (Array.isArray(value) && value.every((one) => typeof one === "string" && pattern.test(one)))
  );
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
