import type { IConstruct } from "constructs";

/** Findings of checkov: the check's id and why the resource is as it is all the same. */
export type Reasons = Readonly<Record<string, string>>;

const METADATA = "checkov";

/**
 * Says beside a resource which of checkov's findings it keeps. Nothing of it is synthesized: checkov reads no
 * suppressions in JSON, so a test compares what it finds with this.
 */
export function acceptFindings(resource: IConstruct, reasons: Reasons): void {
  resource.node.addMetadata(METADATA, reasons);
}

/** The findings that a resource keeps. */
export function acceptedFindings(resource: IConstruct): Reasons {
  const entries = resource.node.metadata.filter(({ type }) => type === METADATA);
  return Object.assign({}, ...entries.map(({ data }) => data as Reasons)) as Reasons;
}

/** What every log group keeps. */
export const logFindings: Reasons = {
  CKV_AWS_158:
    "CloudWatch Logs encrypts with a key of its own; a customer managed key would cost more than the logs.",
  CKV_AWS_338: "90 days are enough to look into a failure; whoever has to keep logs for longer exports them.",
};
