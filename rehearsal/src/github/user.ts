import type { User as UserInEvent } from "@octokit/webhooks-types";
import { createHash } from "node:crypto";
import type { Schemas } from "./described";

/** The URLs of the GitHub stand-in, without trailing slashes. */
export interface Addresses {
  /** The address for browsers and git. */
  site: string;
  /** Where the REST calls go. */
  rest: string;
}

/** Returns a user, as GitHub describes it in responses and events. */
export function representUser(login: string, { site, rest }: Addresses) {
  const id = numberFor(login);
  const url = `${rest}/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId("User", id),
    name: login,
    email: `${login}@users.noreply.github.com`,
    avatar_url: `${site}/${login}.png`,
    gravatar_id: "",
    type: login.endsWith("[bot]") ? "Bot" : "User",
    site_admin: false,
    url,
    html_url: `${site}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
  } satisfies Schemas["simple-user"] & UserInEvent;
}

/** The user as GitHub describes it to itself. */
export function representSelf(login: string, addresses: Addresses) {
  return {
    ...representUser(login, addresses),
    company: null,
    blog: null,
    location: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: CREATED,
    updated_at: CREATED,
    private_gists: 0,
    total_private_repos: 1,
    owned_private_repos: 1,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  } satisfies Schemas["private-user"];
}

/** The creation time that all objects here report. */
export const CREATED = "2026-01-01T00:00:00Z";

/** GitHub's second name for an object, as its GraphQL API has it. */
export function nodeId(type: string, id: number): string {
  return Buffer.from(`${type}:${id}`).toString("base64");
}

/** Returns an id that is the same after a restart. */
export function numberFor(name: string): number {
  return createHash("sha256").update(name.toLowerCase()).digest().readUInt32BE() >>> 1;
}
