import { Hono } from "hono";
import { reply } from "./described";
import { notFound, ApiError } from "./api-error";
import { representCommit, representRepository } from "./representation";
import type { Repository } from "./repository";
import { representSelf, type Addresses } from "./user";

/** `/user`, `/orgs`, and the repository with its branches and commits. */
export function repositoryRoutes(repository: Repository, addresses: Addresses): Hono {
  const routes = new Hono();
  const html = `${addresses.site}/${repository.fullName}`;
  const api = `${addresses.rest}/repos/${repository.fullName}`;

  routes.get("/user", (context) =>
    reply(context, "users/get-authenticated", 200, representSelf(repository.owner, addresses)),
  );

  // The owner is a user, so a request for an organization gets a 404, as on GitHub.
  routes.get("/orgs/:owner", () => {
    throw notFound();
  });

  routes.get("/repos/:owner/:repository", (context) =>
    reply(context, "repos/get", 200, representRepository(repository, addresses)),
  );

  routes.get("/repos/:owner/:repository/branches/:branch{.+}", async (context) => {
    const name = context.req.param("branch");
    const commit = await repository.branch(name);
    if (!commit) throw new ApiError(404, "Branch not found");
    return reply(context, "repos/get-branch", 200, {
      name,
      commit: representCommit(commit, repository, addresses),
      _links: { self: `${api}/branches/${name}`, html: `${html}/tree/${name}` },
      protected: false,
      protection: { enabled: false },
      protection_url: `${api}/branches/${name}/protection`,
    });
  });

  routes.get("/repos/:owner/:repository/commits/:ref{.+}", async (context) => {
    const ref = context.req.param("ref");
    const commit = await repository.commit(ref);
    if (!commit) throw new ApiError(422, `No commit found for SHA: ${ref}`);
    return reply(context, "repos/get-commit", 200, representCommit(commit, repository, addresses));
  });

  return routes;
}
