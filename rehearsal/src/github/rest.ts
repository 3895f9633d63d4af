import { Hono, type Context } from "hono";
import { isAuthorized } from "./authentication";
import { commentRoutes } from "./comment-routes";
import type { Comments } from "./comments";
import type { Deliveries } from "./delivery";
import { checkPermissions, JOB_USER, JobTokens } from "./job-tokens";
import { hookRoutes } from "./hook-routes";
import type { Hooks } from "./hooks";
import { identityRoutes } from "./identity-routes";
import { labelRoutes } from "./label-routes";
import { pullRequestRoutes } from "./pull-request-routes";
import type { PullRequests } from "./pull-requests";
import type { RefUpdates } from "./ref-updates";
import { notFound, ApiError } from "./api-error";
import type { Repository } from "./repository";
import { repositoryRoutes } from "./repository-routes";
import { rulesetRoutes } from "./ruleset-routes";
import { statusRoutes } from "./status-routes";
import type { Statuses } from "./statuses";
import type { Addresses } from "./user";
import type { SessionLog } from "../session-log";

/** The repository's data besides its git objects. */
export interface Parts {
  readonly hooks: Hooks;
  readonly deliveries: Deliveries;
  readonly statuses: Statuses;
  readonly pulls: PullRequests;
  readonly comments: Comments;
  readonly updates: RefUpdates;
}

/** The part of GitHub's REST API that is emulated, under `/api/v3` and, as on api.github.com, under `/`. */
export function restApi(
  repository: Repository,
  { hooks, deliveries, statuses, pulls, comments, updates }: Parts,
  addresses: Addresses,
  token: () => string,
  log: SessionLog,
): Hono {
  const jobTokens = new JobTokens();
  const permissionsOf = (context: Context) => jobTokens.permissionsOf(context.req.header("authorization"));
  const authorOf = (context: Context) => (permissionsOf(context) ? JOB_USER : repository.owner);
  const routes = new Hono();
  routes.use("/repos/:owner/:repository/*", async (context, next) => {
    const { owner, repository: name } = context.req.param();
    if (!repository.is(owner, name)) throw notFound();
    await next();
  });
  // Before the commits, whose names can end like these.
  routes.route("/", statusRoutes(repository, statuses, addresses));
  routes.route("/", repositoryRoutes(repository, addresses));
  routes.route("/", hookRoutes(repository, hooks, deliveries, addresses));
  routes.route("/", rulesetRoutes(repository));
  routes.route("/", pullRequestRoutes(repository, pulls, updates, addresses));
  routes.route("/", commentRoutes(repository, comments, pulls, addresses, authorOf));

  routes.route("/", labelRoutes(repository, pulls, addresses));

  const app = new Hono();
  // Before authentication: a service that verifies a run's identity has no token.
  app.route("/", identityRoutes(repository, addresses, token, jobTokens));
  app.use(async (context, next) => {
    const permissions = permissionsOf(context);
    if (permissions) checkPermissions(permissions, context.req.method, context.req.path);
    else if (!isAuthorized(context.req.header("authorization"), token()))
      throw new ApiError(401, "Bad credentials");
    await next();
  });
  app.route("/api/v3", routes);
  app.route("/", routes);

  app.notFound((context) => {
    const { method, path } = context.req;
    const message = `Not Found: the rehearsal's GitHub does not emulate ${method} ${path}`;
    return context.json(new ApiError(404, message).body, 404);
  });
  app.onError((error, context) => {
    if (error instanceof ApiError) return context.json(error.body, error.status);
    log.error(`${context.req.method} ${context.req.path} failed`, error);
    const answer = new ApiError(500, `Internal error of the rehearsal's GitHub. Details: ${log.file}`);
    return context.json(answer.body, answer.status);
  });
  return app;
}
