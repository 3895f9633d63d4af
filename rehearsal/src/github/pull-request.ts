import type {
  PullRequest as PullRequestInEvent,
  PullRequestEditedEvent,
  PullRequestSynchronizeEvent,
} from "@octokit/webhooks-types";
import type { Schemas } from "./described";
import { representLabel } from "./labels";
import { representRepository } from "./representation";
import type { Repository } from "./repository";
import { nodeId, representUser, type Addresses } from "./user";

/** A request to merge one branch of the repository into another. */
export interface PullRequest {
  readonly number: number;
  readonly created_at: string;
  readonly head: { readonly ref: string; sha: string };
  readonly base: { ref: string; sha: string };
  title: string;
  body: string | null;
  draft: boolean;
  state: "open" | "closed";
  updated_at: string;
  closed_at: string | null;
  merged_at: string | null;
  merge_commit_sha: string | null;
  /** How many there are. */
  comments: number;
  /** The names of its labels. */
  labels: string[];
}

/** The actions of `pull_request` events. */
export type PullRequestAction = "opened" | "edited" | "synchronize" | "closed" | "reopened";

/** Additional data of some actions: the previous head or the previous text. */
export type ActionDetails = Partial<
  Pick<PullRequestSynchronizeEvent, "before" | "after"> & Pick<PullRequestEditedEvent, "changes">
>;

/** A pull request as GitHub describes it in lists. */
export function representPullRequest(pull: PullRequest, repository: Repository, addresses: Addresses) {
  const { number, head, base, comments: _comments, labels, ...rest } = pull;
  const api = `${addresses.rest}/repos/${repository.fullName}`;
  const url = `${api}/pulls/${number}`;
  const html = `${addresses.site}/${repository.fullName}/pull/${number}`;
  const user = representUser(repository.owner, addresses);
  const side = ({ ref, sha }: PullRequest["head"]) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user,
    repo: representRepository(repository, addresses),
  });
  const links = {
    url,
    html_url: html,
    issue_url: `${api}/issues/${number}`,
    comments_url: `${api}/issues/${number}/comments`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    commits_url: `${url}/commits`,
    statuses_url: `${api}/statuses/${head.sha}`,
  };
  return {
    ...links,
    id: number,
    node_id: nodeId("PullRequest", number),
    number,
    ...rest,
    locked: false,
    active_lock_reason: null,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    _links: {
      self: { href: links.url },
      html: { href: links.html_url },
      issue: { href: links.issue_url },
      comments: { href: links.comments_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      commits: { href: links.commits_url },
      statuses: { href: links.statuses_url },
    },
    user,
    author_association: "OWNER",
    assignee: null,
    assignees: [],
    labels: labels.map((name) => representLabel(name, repository, addresses)),
    milestone: null,
    auto_merge: null,
    requested_reviewers: [],
    requested_teams: [],
    head: side(head),
    base: side(base),
  } satisfies Schemas["pull-request-simple"];
}

/** A pull request as GitHub describes it by itself, and in events. */
export async function representWholePullRequest(
  pull: PullRequest,
  repository: Repository,
  addresses: Addresses,
) {
  const isMerged = pull.merged_at !== null;
  const { base, head, state, comments } = pull;
  const mergeable = state === "open" ? await repository.canMerge(base.sha, head.sha) : null;
  return {
    ...representPullRequest(pull, repository, addresses),
    ...(await repository.countChanges(head.sha, base.sha)),
    merged: isMerged,
    merged_by: isMerged ? representUser(repository.owner, addresses) : null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeable === null ? "unknown" : mergeable ? "clean" : "dirty",
    comments,
    review_comments: 0,
    maintainer_can_modify: false,
  } satisfies Schemas["pull-request"] & PullRequestInEvent;
}

/** The payload of a `pull_request` event. */
export async function pullRequestPayload(
  action: PullRequestAction,
  pull: PullRequest,
  repository: Repository,
  addresses: Addresses,
  details: ActionDetails,
) {
  const event = {
    number: pull.number,
    pull_request: await representWholePullRequest(pull, repository, addresses),
    repository: representRepository(repository, addresses),
    sender: representUser(repository.owner, addresses),
  } satisfies Omit<PullRequestSynchronizeEvent, "action" | "before" | "after">;
  return { action, ...event, ...details };
}
