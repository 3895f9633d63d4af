import { excerpt } from "../../stacks/visible-text";

/** A reference to what a resource or a data source has, such as `aws_s3_bucket.documents.arn`. */
export interface Reference {
  readonly isData: boolean;
  readonly type: string;
  readonly name: string;
  readonly attribute: string;
}

/**
 * Returns the expressions in a text: every string of a stack is a template to Terraform, keys included.
 * https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 *
 * It parses only what the stacks use: `${…}` without templates, braces or heredocs in it, and `$${` and `%%{` for the
 * characters themselves. Anything else is refused.
 *
 * @throws Error that shows what it cannot parse
 */
export function expressionsIn(text: string): string[] {
  const expressions: string[] = [];
  for (const opening of text.matchAll(/((?<!\$)\$+|(?<!%)%+)\{/g)) {
    const [found, signs] = opening as unknown as [string, string];
    if (signs === "$$" || signs === "%%") continue;
    const rest = text.slice(opening.index);
    const expression = SIMPLE.exec(rest)?.[1];
    if (expression === undefined)
      throw new Error(`${excerpt(rest)} (${NAMES[found] ?? "an unknown template"})`);
    expressions.push(expression);
  }
  return expressions;
}

const REFERENCE = /^(?<data>data\.)?(?<type>[a-z0-9_]+)\.(?<name>[A-Za-z0-9_-]+)\.(?<attribute>[a-z0-9_]+)$/;

/** Reads an expression that is a reference and nothing else. */
export function referenceIn(expression: string): Reference | undefined {
  const groups = REFERENCE.exec(expression)?.groups;
  if (groups === undefined || groups.type === "data") return undefined;
  const { data, ...reference } = groups as unknown as Omit<Reference, "isData"> & { data?: string };
  return { isData: data !== undefined, ...reference };
}

/** Reads a text that is one reference and nothing else. */
export function onlyReference(text: unknown): Reference | undefined {
  const isOne = typeof text === "string" && text.startsWith("${") && text.endsWith("}");
  return isOne ? referenceIn(text.slice(2, -1)) : undefined;
}

const SIMPLE = /^\$\{([^{}$%"]*(?:"[^{}$%"\\]*"[^{}$%"]*)*)\}/;

const NAMES: Readonly<Record<string, string>> = {
  "${": "an expression with a template, a brace or an escape in it",
  "%{": "a directive",
};
