import type { IConstruct } from "constructs";

/** Findings of checkov: the check's id and the reason to accept it. */
export type Reasons = Readonly<Record<string, string>>;

// Stryker disable next-line StringLiteral: cdktf gives the key no meaning.
const METADATA = "checkov";

/**
 * Records, next to a resource, which of checkov's findings are accepted. None of it is synthesized: checkov reads no
 * suppressions in JSON, so a test compares its findings with this.
 */
export function acceptFindings(resource: IConstruct, reasons: Reasons): void {
  resource.node.addMetadata(METADATA, reasons);
}

/** The accepted findings of a resource. */
export function acceptedFindings(resource: IConstruct): Reasons {
  const entries = resource.node.metadata.filter(({ type }) => type === METADATA);
  return Object.assign({}, ...entries.map(({ data }) => data as Reasons)) as Reasons;
}

/** The accepted findings of every log group. */
export const logFindings: Reasons = {
  CKV_AWS_158:
    "CloudWatch Logs encrypts with a key of its own; a customer managed key would cost more than the logs.",
  CKV_AWS_338: "90 days are enough to investigate a failure; to keep logs for longer, export them.",
};
