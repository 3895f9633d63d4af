import type { MiddlewareHandler } from "hono";

/**
 * Allows changes from the page itself only: it needs no credentials, so a program on this machine,
 * which sends no Origin, is only allowed to read. That an Origin is the page's own has been checked before.
 */
export const changesOnlyFromThePage: MiddlewareHandler = async (context, next) => {
  const isRead = context.req.method === "GET" || context.req.method === "HEAD";
  if (!isRead && context.req.header("origin") === undefined) {
    return context.text("Only the page itself may ask for this.", 403);
  }
  return next();
};
