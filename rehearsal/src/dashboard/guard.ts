import type { MiddlewareHandler } from "hono";

/**
 * Allows changes only from the page itself. The page needs no credentials, so a program on this machine, which sends
 * no Origin, is only allowed to read. An Origin was compared with the page's own before.
 */
export const changesOnlyFromThePage: MiddlewareHandler = async (context, next) => {
  const isRead = context.req.method === "GET" || context.req.method === "HEAD";
  if (!isRead && context.req.header("origin") === undefined) {
    return context.text("Only the page itself is allowed to do this.", 403);
  }
  return next();
};
