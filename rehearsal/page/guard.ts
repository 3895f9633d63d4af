import type { MiddlewareHandler } from "hono";

/**
 * Lets in only what the page itself asks for. Another site's name that leads to 127.0.0.1 shows in Host,
 * another site's script in Origin or Sec-Fetch-Site; a program of this machine that sends none may read
 * but not change anything.
 * @param hosts the values of Host that are the page's own
 */
export function onlyFromThePage(hosts: () => readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host") ?? "";
    if (!hosts().includes(host)) return context.text("This page is served under another address.", 421);
    const origin = context.req.header("origin");
    const isRead = context.req.method === "GET" || context.req.method === "HEAD";
    const fromElsewhere = origin === undefined ? !isRead : origin !== `http://${host}`;
    if (fromElsewhere || isFetchedByAnotherSite(context.req.header())) {
      return context.text("Only the page itself may ask for this.", 403);
    }
    return next();
  };
}

/** Following a link to the page is fine, whatever site the link is on. */
function isFetchedByAnotherSite(headers: Record<string, string>): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin" && headers["sec-fetch-mode"] !== "navigate";
}
