import { Hono, type Context } from "hono";
import { z } from "zod";
import { reply, requestOf } from "./described";
import { pageOf } from "./page";
import { representPullRequest, representWholePullRequest, type PullRequest } from "./pull-request";
import type { PullRequests } from "./pull-requests";
import type { RefUpdates } from "./ref-updates";
import { notFound, ApiError } from "./api-error";
import type { Repository } from "./repository";
import { readJson } from "./request";
import type { Addresses } from "./user";

const PULLS = "/repos/:owner/:repository/pulls";

const mergeInput = requestOf<"pulls/merge">()(
  z.object({
    commit_title: z.string().min(1).optional(),
    commit_message: z.string().optional(),
    sha: z.string().optional(),
    merge_method: z.enum(["merge", "squash", "rebase"]).default("merge"),
  }),
);

/** The repository's pull requests. */
export function pullRequestRoutes(
  repository: Repository,
  pulls: PullRequests,
  updates: RefUpdates,
  addresses: Addresses,
): Hono {
  const routes = new Hono();
  const whole = (pull: PullRequest) => representWholePullRequest(pull, repository, addresses);

  // A push updates pull requests after git got its response: requests wait for that.
  routes.use(`${PULLS}/*`, async (_, next) => {
    await updates.idle();
    await next();
  });

  routes.get(PULLS, (context) => {
    const wanted = pulls.all().filter((pull) => isWanted(pull, repository.owner, context));
    return reply(
      context,
      "pulls/list",
      200,
      pageOf(context, wanted).map((pull) => representPullRequest(pull, repository, addresses)),
    );
  });

  // Between two pushes, so that no change of a branch is missed.
  routes.post(PULLS, async (context) => {
    const body = await readJson(context);
    const pull = await updates.run(() => pulls.open(body));
    return reply(context, "pulls/create", 201, await whole(pull));
  });

  routes.get(`${PULLS}/:number`, async (context) =>
    reply(context, "pulls/get", 200, await whole(pullOf(context, pulls))),
  );

  routes.patch(`${PULLS}/:number`, async (context) => {
    const pull = pullOf(context, pulls);
    const body = await readJson(context);
    const changed = await updates.run(() => pulls.change(pull, body));
    return reply(context, "pulls/update", 200, await whole(changed));
  });

  routes.get(`${PULLS}/:number/merge`, (context) => {
    if (pullOf(context, pulls).merged_at === null) throw notFound();
    return context.body(null, 204);
  });

  routes.put(`${PULLS}/:number/merge`, async (context) => {
    const pull = pullOf(context, pulls);
    const { sha, ...rest } = parseMerge(await readJson(context, {}));
    const commit = await updates.run(() => pulls.merge(pull, messageOf(pull, repository.owner, rest), sha));
    const message = "Pull Request successfully merged";
    return reply(context, "pulls/merge", 200, { sha: commit, merged: true, message });
  });

  return routes;
}

function pullOf(context: Context, pulls: PullRequests): PullRequest {
  const pull = pulls.get(Number(context.req.param("number")));
  if (!pull) throw notFound();
  return pull;
}

function isWanted(pull: PullRequest, owner: string, context: Context): boolean {
  const { state = "open", head, base } = context.req.query();
  return (
    (state === "all" || pull.state === state) &&
    (head === undefined || head === `${owner}:${pull.head.ref}`) &&
    (base === undefined || base === pull.base.ref)
  );
}

function parseMerge(body: unknown): z.infer<typeof mergeInput> {
  const { data, error } = mergeInput.safeParse(body);
  if (error) throw new ApiError(422, `Invalid request. ${z.prettifyError(error)}`);
  const { merge_method } = data;
  if (merge_method === "merge") return data;
  // GitHub's answer if the repository allows only merge commits.
  const method = merge_method === "squash" ? "Squash merges are" : "Rebase merges are";
  throw new ApiError(405, `${method} not allowed on this repository.`);
}

function messageOf(
  { number, head, title }: PullRequest,
  owner: string,
  { commit_title, commit_message }: Pick<z.infer<typeof mergeInput>, "commit_title" | "commit_message">,
): string {
  const subject = commit_title ?? `Merge pull request #${number} from ${owner}/${head.ref}`;
  return `${subject}\n\n${commit_message ?? title}\n`;
}
