import { createHash } from "node:crypto";
import type { Commit } from "./commit";
import type { Repository } from "./repository";

/** The addresses of one running GitHub stand-in, none with a slash at its end. */
export interface Addresses {
  /** Where people and git go. */
  site: string;
  /** Where the REST calls go. */
  rest: string;
}

/** The owner (a user, not an organization), who is also who pushes and whom the token belongs to. */
export function representUser(repository: Repository, { site, rest }: Addresses) {
  const login = repository.owner;
  const id = numberFor(login);
  return {
    login,
    id,
    node_id: nodeId("User", id),
    name: login,
    email: `${login}@users.noreply.github.com`,
    type: "User",
    site_admin: false,
    url: `${rest}/users/${login}`,
    html_url: `${site}/${login}`,
  };
}

/** A repository as GitHub describes it in answers and in events. */
export function representRepository(repository: Repository, addresses: Addresses) {
  const { fullName, name, defaultBranch } = repository;
  const id = numberFor(fullName);
  const html = `${addresses.site}/${fullName}`;
  const api = `${addresses.rest}/repos/${fullName}`;
  return {
    id,
    node_id: nodeId("Repository", id),
    name,
    full_name: fullName,
    owner: representUser(repository, addresses),
    private: true,
    visibility: "private",
    description: null,
    homepage: null,
    language: null,
    license: null,
    fork: false,
    archived: false,
    disabled: false,
    is_template: false,
    has_issues: false,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    default_branch: defaultBranch,
    pushed_at: repository.pushedAt.toISOString(),
    topics: [],
    html_url: html,
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    url: api,
    hooks_url: `${api}/hooks`,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

/** A commit as the REST API describes it. */
export function representCommit(commit: Commit, repository: Repository, { site, rest }: Addresses) {
  const api = `${rest}/repos/${repository.fullName}`;
  const { sha, tree, parents, author, committer, message } = commit;
  return {
    sha,
    node_id: Buffer.from(`Commit:${sha}`).toString("base64"),
    commit: { author, committer, message, tree: { sha: tree, url: `${api}/git/trees/${tree}` } },
    url: `${api}/commits/${sha}`,
    html_url: `${site}/${repository.fullName}/commit/${sha}`,
    parents: parents.map((parent) => ({ sha: parent, url: `${api}/commits/${parent}` })),
    files: [
      ...commit.added.map((filename) => ({ filename, status: "added" })),
      ...commit.removed.map((filename) => ({ filename, status: "removed" })),
      ...commit.modified.map((filename) => ({ filename, status: "modified" })),
    ],
  };
}

/** GitHub's second name for an object, as its GraphQL API has it. */
export function nodeId(type: string, id: number): string {
  return Buffer.from(`${type}:${id}`).toString("base64");
}

/** An id that stays the same over restarts. */
function numberFor(name: string): number {
  return createHash("sha256").update(name.toLowerCase()).digest().readUInt32BE() >>> 1;
}
