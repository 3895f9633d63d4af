import type { IncomingMessage } from "node:http";

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** The names of this machine that clients use: its address, `localhost`, and the host of an API. */
const NAMES = /^(127\.0\.0\.1|localhost|[a-z0-9]+\.execute-api\.localhost)$/;

/**
 * Refuses what a page of another site can make a browser send to this machine: a request under a host name
 * of that site which leads to 127.0.0.1 (DNS rebinding), and a request from a page of another origin.
 * A program that is not a browser sends none of these headers; its credentials decide what it is allowed to do.
 * The same rules in Python guard the emulator: emulator/guard.py.
 *
 * @param allows whether an origin is allowed besides the server's own, as CORS is configured
 * @returns undefined when the request may be answered
 */
export function refusalOf(
  request: IncomingMessage,
  allows: (origin: string) => boolean = () => false,
): Refusal | undefined {
  const { host = "", referer } = request.headers;
  const origin = request.headers.origin ?? originOf(referer);
  if (!isOwn(host, request.socket.localPort)) {
    return {
      status: 421,
      message: `This server is not ${JSON.stringify(host)}: use the address it printed.`,
    };
  }
  if (origin !== undefined && (origin === `http://${host}` || allows(origin))) return undefined;
  if (isFollowedLink(request) || (origin === undefined && !isFetchedByAnotherSite(request))) return undefined;
  return { status: 403, message: "Pages of another origin are not answered." };
}

function isOwn(host: string, port: number | undefined): boolean {
  const [name = "", of, ...rest] = host.toLowerCase().split(":");
  return NAMES.test(name) && rest.length === 0 && of === String(port);
}

/** The origin of the page that a browser names as the one that asked; browsers leave Origin out of a plain GET. */
function originOf(referer: string | undefined): string | undefined {
  if (referer === undefined || referer === "") return undefined;
  return URL.canParse(referer) ? new URL(referer).origin : "null";
}

/** Following a link that leads here is fine, whatever site the link is on. */
function isFollowedLink({ method, headers }: IncomingMessage): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && headers.origin === undefined && headers["sec-fetch-mode"] === "navigate";
}

function isFetchedByAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin";
}
