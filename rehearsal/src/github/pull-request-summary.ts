import type { Comments } from "./comments";
import type { PullRequest } from "./pull-request";
import type { Status, Statuses } from "./statuses";

/** A pull request as its page on GitHub shows it. */
export interface PullRequestSummary {
  readonly number: number;
  readonly title: string;
  readonly state: "open" | "closed" | "merged";
  readonly branch: string;
  readonly commit: string;
  readonly labels: readonly string[];
  /** Those of its newest commit. */
  readonly statuses: readonly Pick<Status, "context" | "state" | "description">[];
  readonly comments: readonly { readonly id: number; readonly author: string; readonly body: string }[];
}

export function summarize(pull: PullRequest, statuses: Statuses, comments: Comments): PullRequestSummary {
  const { number, title, head, labels } = pull;
  return {
    number,
    title,
    state: pull.merged_at === null ? pull.state : "merged",
    branch: head.ref,
    commit: head.sha,
    labels: [...labels],
    statuses: statuses
      .latest(head.sha)
      .map(({ context, state, description }) => ({ context, state, description })),
    comments: comments.of(number).map(({ id, author, body }) => ({ id, author, body })),
  };
}
