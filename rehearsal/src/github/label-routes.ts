import { Hono, type Context } from "hono";
import { z } from "zod";
import { ApiError, notFound } from "./api-error";
import { reply, requestOf } from "./described";
import { representLabel } from "./labels";
import { pageOf } from "./page";
import type { PullRequest } from "./pull-request";
import type { PullRequests } from "./pull-requests";
import type { Repository } from "./repository";
import { readJson } from "./request";
import type { Addresses } from "./user";

const LABELS = "/repos/:owner/:repository/issues/:issue/labels";

const newLabels = requestOf<"issues/add-labels">()(
  z.object({ labels: z.array(z.string().min(1).max(50)).min(1) }),
);

/** The routes of labels on pull requests. A label that the repository does not have is created when it is added. */
export function labelRoutes(repository: Repository, pulls: PullRequests, addresses: Addresses): Hono {
  const routes = new Hono();
  const represent = ({ labels }: PullRequest) =>
    labels.map((name) => representLabel(name, repository, addresses));

  const pullOf = (context: Context): PullRequest => {
    const pull = pulls.get(Number(context.req.param("issue")));
    if (!pull) throw notFound();
    return pull;
  };

  routes.get(LABELS, (context) =>
    reply(context, "issues/list-labels-on-issue", 200, pageOf(context, represent(pullOf(context)))),
  );

  routes.post(LABELS, async (context) => {
    const pull = pullOf(context);
    const { data, error } = newLabels.safeParse(await readJson(context));
    if (error) throw new ApiError(422, `Invalid request. ${z.prettifyError(error)}`);
    for (const name of data.labels) if (!has(pull, name)) pull.labels.push(name);
    return reply(context, "issues/add-labels", 200, represent(pull));
  });

  routes.delete(`${LABELS}/:name`, (context) => {
    const pull = pullOf(context);
    const name = context.req.param("name");
    if (!has(pull, name)) throw new ApiError(404, "Label does not exist");
    pull.labels = pull.labels.filter((label) => !isSame(label, name));
    return reply(context, "issues/remove-label", 200, represent(pull));
  });

  return routes;
}

function has({ labels }: PullRequest, name: string): boolean {
  return labels.some((label) => isSame(label, name));
}

function isSame(label: string, name: string): boolean {
  return label.toLowerCase() === name.toLowerCase();
}
