import type { PushEvent } from "@octokit/webhooks-types";
import type { Commit } from "./commit";
import { representRepository } from "./representation";
import type { Refs, Repository } from "./repository";
import { representUser, type Addresses } from "./user";

/** A ref that a push created (`before` is missing), moved, or deleted (`after` is missing). */
export interface RefChange {
  ref: string;
  before?: string;
  after?: string;
}

const NO_COMMIT = "0".repeat(40);

/** Returns the refs that a push changed. */
export function refChanges(before: Refs, after: Refs): RefChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((ref) => ({ ref, before: before.get(ref), after: after.get(ref) }))
    .filter((change) => change.before !== change.after);
}

/** The payload of the `push` event for one changed ref. `known` is every commit a ref pointed to before the push. */
export async function pushPayload(
  repository: Repository,
  addresses: Addresses,
  change: RefChange,
  known: Iterable<string>,
) {
  const { ref, before, after } = change;
  const head = after === undefined ? undefined : await repository.commitAt(after);
  // An updated branch brings the commits it did not have; a new one those that no other ref had.
  const excluded = before === undefined ? known : [before];
  const commits = head === undefined ? [] : await repository.newCommits(head.sha, excluded);
  const html = `${addresses.site}/${repository.fullName}`;
  const user = representUser(repository.owner, addresses);
  return {
    ref,
    before: before ?? NO_COMMIT,
    after: after ?? NO_COMMIT,
    base_ref: null,
    created: before === undefined,
    deleted: after === undefined,
    forced: before !== undefined && after !== undefined && !(await repository.isAncestor(before, after)),
    compare: `${html}/compare/${(before ?? NO_COMMIT).slice(0, 12)}...${(after ?? NO_COMMIT).slice(0, 12)}`,
    commits: commits.map((commit) => commitInEvent(commit, html)),
    head_commit: head === undefined ? null : commitInEvent(head, html),
    repository: {
      ...representRepository(repository, addresses),
      // Seconds in this event, and only in this one. It distinguishes two pushes of the same commits.
      pushed_at: Math.floor(repository.pushedAt.getTime() / 1000),
    },
    pusher: { name: user.name, email: user.email },
    sender: user,
  } satisfies PushEvent;
}

function commitInEvent(commit: Commit, html: string) {
  const { name, email, date } = commit.author;
  const committer = commit.committer;
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: date,
    url: `${html}/commit/${commit.sha}`,
    author: { name, email, date },
    committer: { name: committer.name, email: committer.email, date: committer.date },
    added: commit.added,
    removed: commit.removed,
    modified: commit.modified,
  };
}
