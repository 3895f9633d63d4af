import { Hono, type Context } from "hono";
import type { Comment, Comments } from "./comments";
import { pageOf } from "./page";
import type { PullRequests } from "./pull-requests";
import { notFound } from "./refusal";
import { nodeId, representUser, type Addresses } from "./representation";
import type { Repository } from "./repository";
import { readJson } from "./request";

const ISSUES = "/repos/:owner/:repository/issues";

/** The comments on pull requests, which are issues to this part of GitHub's API. */
export function commentRoutes(
  repository: Repository,
  comments: Comments,
  pulls: PullRequests,
  addresses: Addresses,
): Hono {
  const routes = new Hono();
  const api = `${addresses.rest}/repos/${repository.fullName}`;

  const represent = ({ issue, ...comment }: Comment) => ({
    ...comment,
    node_id: nodeId("IssueComment", comment.id),
    url: `${api}/issues/comments/${comment.id}`,
    issue_url: `${api}/issues/${issue}`,
    html_url: `${addresses.site}/${repository.fullName}/pull/${issue}#issuecomment-${comment.id}`,
    user: representUser(repository, addresses),
    author_association: "OWNER",
  });

  const issueOf = (context: Context): number => {
    const number = Number(context.req.param("issue"));
    if (!pulls.get(number)) throw notFound();
    return number;
  };

  const commentOf = (context: Context): Comment => {
    const comment = comments.get(Number(context.req.param("comment")));
    if (!comment) throw notFound();
    return comment;
  };

  routes.get(`${ISSUES}/:issue/comments`, (context) =>
    context.json(pageOf(context, comments.of(issueOf(context))).map(represent)),
  );

  routes.post(`${ISSUES}/:issue/comments`, async (context) => {
    const issue = issueOf(context);
    return context.json(represent(comments.add(issue, await readJson(context))), 201);
  });

  routes.get(`${ISSUES}/comments/:comment`, (context) => context.json(represent(commentOf(context))));

  routes.patch(`${ISSUES}/comments/:comment`, async (context) => {
    const comment = commentOf(context);
    return context.json(represent(comments.change(comment, await readJson(context))));
  });

  routes.delete(`${ISSUES}/comments/:comment`, (context) => {
    comments.remove(commentOf(context));
    return context.body(null, 204);
  });

  return routes;
}
