import type { MiddlewareHandler } from "hono";

/**
 * Lets nobody but the page itself change anything: it needs no credentials, so that a program of this machine,
 * which sends no Origin, may read only. That an Origin is the page's own has been checked before.
 */
export const changesOnlyFromThePage: MiddlewareHandler = async (context, next) => {
  const isRead = context.req.method === "GET" || context.req.method === "HEAD";
  if (!isRead && context.req.header("origin") === undefined) {
    return context.text("Only the page itself may ask for this.", 403);
  }
  return next();
};
