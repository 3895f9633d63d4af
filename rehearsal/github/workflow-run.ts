import { randomUUID } from "node:crypto";
import { z } from "zod";
import { ISSUER } from "./identity-tokens";

/** A repository as tokens name it: by names, and by the ids, which stay when it is renamed or transferred. */
export interface RunRepository {
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly id: number;
}

/** What a run of a workflow is asked for with. */
export const runInput = z.object({
  event: z.enum(["pull_request", "push"]),
  /** The branch that is pushed, or whose pull request it is. */
  branch: z.string().min(1).default("main"),
  /** Whether the pull request comes from a fork. */
  fork: z.boolean().default(false),
  /** Where it runs, when elsewhere on GitHub than in the rehearsed repository. */
  repository: z
    .object({ owner: z.string(), ownerId: z.number(), name: z.string(), id: z.number() })
    .optional(),
  /**
   * Whether subjects hold ids. Those of repositories that were made, renamed or transferred since 15 July 2026 do:
   * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
   */
  immutableSubject: z.boolean().default(true),
});

export type WorkflowRun = Omit<z.infer<typeof runInput>, "repository"> & {
  readonly repository: RunRepository;
};

/** Seconds that a token is valid, and that it is valid before it was issued, as in GitHub's example. */
const LIFETIME = 300;
const BACKDATED = 600;

/**
 * What a run's token says: https://docs.github.com/en/actions/reference/security/oidc
 * @param now seconds since 1970
 */
export function claimsOf(run: WorkflowRun, audience: string, now = Math.floor(Date.now() / 1000)) {
  const { event, branch, repository, immutableSubject } = run;
  const { owner, ownerId, name, id } = repository;
  const fullName = `${owner}/${name}`;
  const ref = event === "push" ? `refs/heads/${branch}` : "refs/pull/1/merge";
  const workflow = `${fullName}/.github/workflows/diff.yml@${ref}`;
  return {
    jti: randomUUID(),
    iss: ISSUER,
    aud: audience,
    sub: [
      "repo",
      immutableSubject ? `${owner}@${ownerId}/${name}@${id}` : fullName,
      event === "push" ? `ref:${ref}` : "pull_request",
    ].join(":"),
    iat: now,
    nbf: now - BACKDATED,
    exp: now + LIFETIME,
    actor: owner,
    actor_id: String(ownerId),
    base_ref: event === "push" ? "" : "main",
    head_ref: event === "push" ? "" : branch,
    event_name: event,
    job_workflow_ref: workflow,
    ref,
    ref_protected: "false",
    ref_type: "branch",
    repository: fullName,
    repository_id: String(id),
    repository_owner: owner,
    repository_owner_id: String(ownerId),
    repository_visibility: "private",
    run_attempt: "1",
    run_id: "1",
    run_number: "1",
    runner_environment: "github-hosted",
    workflow: "diff",
    workflow_ref: workflow,
  };
}
