import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError } from "./api-error";

/** The user of the tokens of jobs. */
export const JOB_USER = "github-actions[bot]";

/** The permissions of a job: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions */
export const jobPermissions = z.record(z.string(), z.enum(["read", "write"]));
export type JobPermissions = z.infer<typeof jobPermissions>;

/** Tokens that are kept: each test needs a few. */
const TOKENS = 100;

/** What a request needs one of, by its path below the repository; other requests of jobs are refused. */
const needed: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/pulls$/, ["pull-requests"]],
  [/^\/issues\/(comments\/\d+|\d+\/(comments|labels)(\/[^/]+)?)$/, ["issues", "pull-requests"]],
  [/^\/statuses\/[^/]+$/, ["statuses"]],
];

/** The tokens that jobs of workflows get as `github.token`, each with the permissions of its job. */
export class JobTokens {
  private readonly permissions = new Map<string, JobPermissions>();

  issue(permissions: JobPermissions): string {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    this.permissions.set(token, permissions);
    if (this.permissions.size > TOKENS) this.permissions.delete(this.permissions.keys().next().value!);
    return token;
  }

  /** Returns the permissions of the token in an `Authorization` header; undefined for any other. */
  permissionsOf(header: string | undefined): JobPermissions | undefined {
    const [, token = ""] = /^(?:Bearer|token) +(\S+)$/i.exec(header ?? "") ?? [];
    return this.permissions.get(token);
  }
}

/** @throws {ApiError} in GitHub's words for a request that a job's permissions do not allow */
export function checkPermissions(permissions: JobPermissions, method: string, path: string): void {
  const [, ofRepository = ""] = /^(?:\/api\/v3)?\/repos\/[^/]+\/[^/]+(\/.*)$/.exec(path) ?? [];
  const access = method === "GET" ? ["read", "write"] : ["write"];
  const names = needed.find(([pattern]) => pattern.test(ofRepository))?.[1] ?? [];
  if (names.some((name) => access.includes(permissions[name] ?? "none"))) return;
  throw new ApiError(403, "Resource not accessible by integration");
}
