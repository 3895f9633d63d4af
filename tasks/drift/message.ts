import type { DriftRecord } from "./record";

/** Bytes of a message that SNS accepts are 262,144; an e-mail should be read. */
const LINES = 200;

/** The notification of what differs. */
export interface Message {
  readonly subject: string;
  readonly text: string;
}

/** Returns the notification of a change of drift; undefined where it is as it was. */
export function driftMessage(before: DriftRecord, now: DriftRecord): Message | undefined {
  const stacks = Object.keys(now);
  if (stacks.every((stack) => (before[stack]?.digest ?? "") === now[stack]!.digest)) return undefined;
  const lines = stacks.flatMap((stack) => now[stack]!.lines);
  if (lines.length === 0) {
    return {
      subject: "Drift is repaired",
      text: `${stacks.join(" and ")} are again as Terraform deployed them.`,
    };
  }
  const more = lines.length - LINES;
  return {
    subject: "Drift: changed outside of Terraform",
    text: [
      "These resources differ from what Terraform deployed:",
      ...lines.slice(0, LINES).map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more lines in the log of CheckDrift`] : []),
      "The next notification comes when this changes. To repair it, see docs/runbooks/change-by-hand.md#drift.",
    ].join("\n"),
  };
}
