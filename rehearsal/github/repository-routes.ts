import { Hono } from "hono";
import { notFound, Refusal } from "./refusal";
import { representCommit, representRepository, representUser, type Addresses } from "./representation";
import type { Repository } from "./repository";

/** `/user`, `/orgs`, and the repository with its branches and commits. */
export function repositoryRoutes(repository: Repository, addresses: Addresses): Hono {
  const routes = new Hono();

  routes.get("/user", (context) => context.json(representUser(repository, addresses)));

  // The owner is a user; a client that asks whether it is an organization learns so, as from GitHub.
  routes.get("/orgs/:owner", () => {
    throw notFound();
  });

  routes.get("/repos/:owner/:repository", (context) =>
    context.json(representRepository(repository, addresses)),
  );

  routes.get("/repos/:owner/:repository/branches/:branch{.+}", async (context) => {
    const name = context.req.param("branch");
    const commit = await repository.branch(name);
    if (!commit) throw new Refusal(404, "Branch not found");
    return context.json({
      name,
      commit: representCommit(commit, repository, addresses),
      protected: false,
    });
  });

  routes.get("/repos/:owner/:repository/commits/:ref{.+}", async (context) => {
    const ref = context.req.param("ref");
    const commit = await repository.commit(ref);
    if (!commit) throw new Refusal(422, `No commit found for SHA: ${ref}`);
    return context.json(representCommit(commit, repository, addresses));
  });

  return routes;
}
