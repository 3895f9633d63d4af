import type { IncomingMessage } from "node:http";

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** The host names that clients use: the address, `localhost`, and those of APIs. */
const NAMES = /^(127\.0\.0\.1|localhost|[a-z0-9]+\.execute-api\.localhost)$/;

/**
 * Refuses requests that a page of another site can make a browser send: under a host name of that site that resolves
 * to 127.0.0.1 (DNS rebinding), and from another origin. Other programs send none of these headers; their credentials
 * decide what they are allowed to do. ministack/guard.py has the same rules for the emulator.
 *
 * @param allows whether an origin is allowed besides the server's own, as CORS is configured
 * @returns undefined if the request is allowed
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

/** Returns the origin of the requesting page from Referer: browsers omit Origin in a plain GET. */
function originOf(referer: string | undefined): string | undefined {
  if (referer === undefined || referer === "") return undefined;
  return URL.canParse(referer) ? new URL(referer).origin : "null";
}

/** Links from any site are allowed. */
function isFollowedLink({ method, headers }: IncomingMessage): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && headers.origin === undefined && headers["sec-fetch-mode"] === "navigate";
}

function isFetchedByAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin";
}
