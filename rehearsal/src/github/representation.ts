import type { Repository as RepositoryInEvent } from "@octokit/webhooks-types";
import type { Commit } from "./commit";
import type { Schemas } from "./described";
import type { Repository } from "./repository";
import { repositoryUrls } from "./repository-urls";
import { CREATED, nodeId, numberFor, representUser, type Addresses } from "./user";

/** A repository as GitHub describes it in answers and in events. */
export function representRepository(repository: Repository, addresses: Addresses) {
  const { fullName, name, owner, defaultBranch } = repository;
  const id = numberFor(fullName);
  const html = `${addresses.site}/${fullName}`;
  const pushed = repository.pushedAt.toISOString();
  return {
    ...repositoryUrls(`${addresses.rest}/repos/${fullName}`),
    id,
    node_id: nodeId("Repository", id),
    name,
    full_name: fullName,
    owner: representUser(owner, addresses),
    private: true,
    visibility: "private",
    description: null,
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
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
    web_commit_signoff_required: false,
    default_branch: defaultBranch,
    created_at: CREATED,
    updated_at: pushed,
    pushed_at: pushed,
    size: 0,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    subscribers_count: 0,
    network_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    topics: [],
    custom_properties: {},
    html_url: html,
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    ssh_url: `${html}.git`,
    svn_url: html,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  } satisfies Schemas["full-repository"] & RepositoryInEvent;
}

/** A commit as the REST API describes it. */
export function representCommit(commit: Commit, repository: Repository, { site, rest }: Addresses) {
  const api = `${rest}/repos/${repository.fullName}`;
  const { sha, tree, parents, author, committer, message } = commit;
  return {
    sha,
    node_id: Buffer.from(`Commit:${sha}`).toString("base64"),
    commit: {
      author,
      committer,
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      url: `${api}/git/commits/${sha}`,
    },
    url: `${api}/commits/${sha}`,
    html_url: `${site}/${repository.fullName}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    // No GitHub user has these addresses.
    author: null,
    committer: null,
    parents: parents.map((parent) => ({ sha: parent, url: `${api}/commits/${parent}` })),
  } satisfies Schemas["commit"];
}
