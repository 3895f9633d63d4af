import { representRepository, representUser, nodeId, type Addresses } from "./representation";
import type { Repository } from "./repository";

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
}

/** What happens to pull requests, as `pull_request` events name it. */
export type PullRequestAction = "opened" | "edited" | "synchronize" | "closed" | "reopened";

/** A pull request as GitHub describes it in lists. */
export function representPullRequest(pull: PullRequest, repository: Repository, addresses: Addresses) {
  const { number, head, base, ...rest } = pull;
  const api = `${addresses.rest}/repos/${repository.fullName}`;
  const url = `${api}/pulls/${number}`;
  const user = representUser(repository, addresses);
  const side = ({ ref, sha }: PullRequest["head"]) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user,
    repo: representRepository(repository, addresses),
  });
  return {
    id: number,
    node_id: nodeId("PullRequest", number),
    number,
    ...rest,
    locked: false,
    url,
    html_url: `${addresses.site}/${repository.fullName}/pull/${number}`,
    issue_url: `${api}/issues/${number}`,
    comments_url: `${api}/issues/${number}/comments`,
    statuses_url: `${api}/statuses/${head.sha}`,
    user,
    author_association: "OWNER",
    assignees: [],
    labels: [],
    requested_reviewers: [],
    head: side(head),
    base: side(base),
  };
}

/** A pull request as GitHub describes it by itself, and in events. */
export async function representWholePullRequest(
  pull: PullRequest,
  repository: Repository,
  addresses: Addresses,
) {
  const isMerged = pull.merged_at !== null;
  return {
    ...representPullRequest(pull, repository, addresses),
    merged: isMerged,
    merged_by: isMerged ? representUser(repository, addresses) : null,
    mergeable: pull.state === "open" ? await repository.canMerge(pull.base.sha, pull.head.sha) : null,
    commits: await repository.countCommits(pull.head.sha, pull.base.sha),
    maintainer_can_modify: false,
  };
}

/** The payload of a `pull_request` event. `before` is the head that a push has moved on from. */
export async function pullRequestPayload(
  action: PullRequestAction,
  pull: PullRequest,
  repository: Repository,
  addresses: Addresses,
  before?: string,
) {
  return {
    action,
    number: pull.number,
    pull_request: await representWholePullRequest(pull, repository, addresses),
    ...(before !== undefined && { before, after: pull.head.sha }),
    repository: representRepository(repository, addresses),
    sender: representUser(repository, addresses),
  };
}
