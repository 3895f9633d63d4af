import { getRequestListener } from "@hono/node-server";
import { LocalServer } from "../local-server";
import type { SessionLog } from "../session-log";
import { Deliveries, type Delivery } from "./delivery";
import { findBackend, GitHttp } from "./git-http";
import { Hooks } from "./hooks";
import { Comments } from "./comments";
import { Announcements } from "./announcements";
import { ISSUER_PATH } from "./identity-routes";
import { ISSUER } from "./identity-tokens";
import { summarize, type PullRequestSummary } from "./pull-request-summary";
import { PullRequests } from "./pull-requests";
import { RefUpdates } from "./ref-updates";
import { representRepository } from "./representation";
import { refuseAsGitHub } from "./api-error";
import { Repository } from "./repository";
import { restApi } from "./rest";
import { restoreGitHub, saveGitHub } from "./saved-state";
import { Statuses, type CommitStatuses } from "./statuses";
import type { Addresses } from "./user";

export type { Delivery } from "./delivery";
export type { PullRequestSummary } from "./pull-request-summary";

export interface GitHubOptions {
  /** Where the bare repository is kept, as `<owner>/<repository>.git`. */
  folder: string;
  owner: string;
  repository: string;
  /** The one token that is accepted, for git and for REST, until it is renewed. */
  token: string;
  /** The log for errors. */
  log: SessionLog;
}

export interface GitHub {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** What to set GITHUB_BASE_URL to. */
  api: string;
  /** The repository's address for git, without credentials. */
  gitUrl: string;
  /** Where the issuer of the identity tokens of GitHub Actions publishes its keys, by its host. */
  identityProviders: Readonly<Record<string, string>>;
  /** The last hundred deliveries, oldest first. */
  deliveries(): readonly Delivery[];
  /** The pull requests, newest first. */
  pullRequests(): PullRequestSummary[];
  /** The newest status of each context, by commit; the commit that got the last status comes first. */
  commitStatuses(): CommitStatuses[];
  /** Installs a GitHub app on the repository: its URL receives every push, signed with its secret. */
  installApp(app: { url: string; secret: string }): void;
  /** Replaces the accepted token. */
  renewToken(token: string): void;
  /** Returns the data that is not in the folder, once all events are delivered. */
  save(): Promise<Buffer>;
  /** Restores the data of an earlier session, with each string changed. */
  restore(saved: Buffer, change: (text: string) => string): void;
  stop(): Promise<void>;
}

/**
 * Starts the stand-in for GitHub with one repository on a free port: git over HTTP, the REST calls of Terraform's
 * provider and of the tasks, and webhooks. Rejects for a name that GitHub does not allow.
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const repository = await Repository.open(options.folder, options.owner, options.repository);
  const backend = await findBackend();
  const { log } = options;
  const server = await LocalServer.listen({ log, refuse: refuseAsGitHub });
  const { url } = server;
  const addresses: Addresses = { site: url, rest: `${url}/api/v3` };
  const hooks = new Hooks();
  const deliveries = new Deliveries(representRepository(repository, addresses).id, log);
  const announcements = new Announcements(repository, hooks, deliveries, addresses, log);
  const pulls = new PullRequests(repository, (...event) => announcements.pullRequest(...event));
  const updates = new RefUpdates(repository, async (before, after) => {
    for (const change of await announcements.refs(before, after)) await pulls.follow(change);
  });
  let accepted = options.token;
  const gitHttp = new GitHttp(backend, repository, () => accepted, updates, log);

  const parts = { hooks, deliveries, statuses: new Statuses(), pulls, comments: new Comments(), updates };
  const known = { ...parts, repository, apps: announcements.apps };
  const rest = getRequestListener(restApi(repository, parts, addresses, () => accepted, log).fetch);
  server.answerWith((request, response) =>
    GitHttp.isGit(request) ? gitHttp.handle(request, response) : rest(request, response),
  );

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all([deliveries.stop(), gitHttp.stop()]);
    await server.close();
  };

  return {
    url,
    api: `${url}/`,
    gitUrl: `${url}/${repository.fullName}.git`,
    identityProviders: { [new URL(ISSUER).host]: `${url}${ISSUER_PATH}` },
    deliveries: () => deliveries.all(),
    pullRequests: () => pulls.all().map((pull) => summarize(pull, parts.statuses, parts.comments)),
    commitStatuses: () => parts.statuses.byCommit(),
    installApp: ({ url: target, secret }) => {
      announcements.apps.add({ config: { url: target, content_type: "json", secret }, events: ["push"] });
    },
    renewToken: (token) => {
      accepted = token;
    },
    save: async () => {
      await deliveries.idle();
      return saveGitHub(known);
    },
    restore: (saved, change) => restoreGitHub(known, saved, change),
    stop: () => (stopped ??= stop()),
  };
}
