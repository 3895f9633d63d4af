import { Hono, type Context } from "hono";
import type { Comment, Comments } from "./comments";
import { reply, type Schemas } from "./described";
import { pageOf } from "./page";
import type { PullRequests } from "./pull-requests";
import { notFound } from "./api-error";
import type { Repository } from "./repository";
import { readJson } from "./request";
import { nodeId, representUser, type Addresses } from "./user";

const ISSUES = "/repos/:owner/:repository/issues";

/** The routes of comments on pull requests, which are issues to this part of GitHub's API. */
export function commentRoutes(
  repository: Repository,
  comments: Comments,
  pulls: PullRequests,
  addresses: Addresses,
  authorOf: (context: Context) => string,
): Hono {
  const routes = new Hono();
  const api = `${addresses.rest}/repos/${repository.fullName}`;

  const represent = ({ issue, author, ...comment }: Comment) =>
    ({
      ...comment,
      node_id: nodeId("IssueComment", comment.id),
      url: `${api}/issues/comments/${comment.id}`,
      issue_url: `${api}/issues/${issue}`,
      html_url: `${addresses.site}/${repository.fullName}/pull/${issue}#issuecomment-${comment.id}`,
      user: representUser(author, addresses),
      author_association: author === repository.owner ? "OWNER" : "NONE",
    }) satisfies Schemas["issue-comment"];

  const count = (issue: number) => {
    pulls.get(issue)!.comments = comments.of(issue).length;
  };

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
    reply(
      context,
      "issues/list-comments",
      200,
      pageOf(context, comments.of(issueOf(context))).map(represent),
    ),
  );

  routes.post(`${ISSUES}/:issue/comments`, async (context) => {
    const issue = issueOf(context);
    const comment = comments.add(issue, authorOf(context), await readJson(context));
    count(issue);
    return reply(context, "issues/create-comment", 201, represent(comment));
  });

  routes.get(`${ISSUES}/comments/:comment`, (context) =>
    reply(context, "issues/get-comment", 200, represent(commentOf(context))),
  );

  routes.patch(`${ISSUES}/comments/:comment`, async (context) => {
    const comment = commentOf(context);
    const changed = comments.change(comment, await readJson(context));
    return reply(context, "issues/update-comment", 200, represent(changed));
  });

  routes.delete(`${ISSUES}/comments/:comment`, (context) => {
    const comment = commentOf(context);
    comments.remove(comment);
    count(comment.issue);
    return context.body(null, 204);
  });

  return routes;
}
