import { Hono, type Context } from "hono";
import type { Commit } from "./commit";
import { reply, type Schemas } from "./described";
import { pageOf } from "./page";
import { ApiError } from "./api-error";
import { representRepository } from "./representation";
import type { Repository } from "./repository";
import { readJson } from "./request";
import { combined, type Status, type Statuses } from "./statuses";
import { nodeId, representUser, type Addresses } from "./user";

const REPOSITORY = "/repos/:owner/:repository";

/** The routes of commit statuses. */
export function statusRoutes(repository: Repository, statuses: Statuses, addresses: Addresses): Hono {
  const routes = new Hono();
  const api = `${addresses.rest}/repos/${repository.fullName}`;

  const represent = (sha: string, status: Status) =>
    ({
      ...status,
      node_id: nodeId("StatusContext", status.id),
      url: `${api}/statuses/${sha}`,
      avatar_url: null,
      creator: representUser(repository.owner, addresses),
    }) satisfies Schemas["status"];

  const commitOf = async (ref: string): Promise<Commit> => {
    const commit = await repository.commit(ref);
    if (!commit) throw new ApiError(422, `No commit found for SHA: ${ref}`);
    return commit;
  };

  routes.post(`${REPOSITORY}/statuses/:sha`, async (context) => {
    const { sha } = await commitOf(context.req.param("sha"));
    return reply(
      context,
      "repos/create-commit-status",
      201,
      represent(sha, statuses.add(sha, await readJson(context))),
    );
  });

  const list = async (context: Context, ref: string) => {
    const { sha } = await commitOf(ref);
    return reply(
      context,
      "repos/list-commit-statuses-for-ref",
      200,
      pageOf(context, statuses.of(sha)).map((status) => represent(sha, status)),
    );
  };

  // A branch may have slashes in its name.
  routes.get(`${REPOSITORY}/commits/:ref{.+}/statuses`, (context) => list(context, context.req.param("ref")));

  routes.get(`${REPOSITORY}/commits/:ref{.+}/status`, async (context) => {
    const { sha } = await commitOf(context.req.param("ref"));
    const latest = statuses.latest(sha);
    return reply(context, "repos/get-combined-status-for-ref", 200, {
      state: combined(latest),
      statuses: pageOf(context, latest).map((status) => represent(sha, status)),
      sha,
      total_count: latest.length,
      repository: representRepository(repository, addresses),
      commit_url: `${api}/commits/${sha}`,
      url: `${api}/commits/${sha}/status`,
    });
  });

  return routes;
}
