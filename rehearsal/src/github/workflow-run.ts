import { randomUUID } from "node:crypto";
import { z } from "zod";
import { jobPermissions } from "./job-tokens";
import { ISSUER } from "./identity-tokens";

/** A repository as tokens name it: by names, and by ids, which do not change with a rename or transfer. */
export interface RunRepository {
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly id: number;
}

/** The branch of which GitHub runs workflows for events that are not about a branch. */
const DEFAULT_BRANCH = "main";

/** The request for a workflow run. */
export const runInput = z.object({
  event: z.enum(["pull_request", "push", "workflow_run"]),
  /** The branch that is pushed, or whose pull request it is; `workflow_run` ignores it. */
  branch: z.string().min(1).default(DEFAULT_BRANCH),
  /** The workflow's file. */
  workflow: z.string().min(1).default("diff.yml"),
  /** The permissions of the job; without them it gets an identity token only. */
  permissions: jobPermissions.optional(),
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
  const isPull = event === "pull_request";
  const ref = refOf(run);
  const workflow = `${fullName}/.github/workflows/${run.workflow}@${ref}`;
  return {
    jti: randomUUID(),
    iss: ISSUER,
    aud: audience,
    sub: [
      "repo",
      immutableSubject ? `${owner}@${ownerId}/${name}@${id}` : fullName,
      isPull ? "pull_request" : `ref:${ref}`,
    ].join(":"),
    iat: now,
    nbf: now - BACKDATED,
    exp: now + LIFETIME,
    actor: owner,
    actor_id: String(ownerId),
    base_ref: isPull ? DEFAULT_BRANCH : "",
    head_ref: isPull ? branch : "",
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
    workflow: run.workflow.replace(/\.ya?ml$/, ""),
    workflow_ref: workflow,
  };
}

/**
 * A run that another run has started is one of the default branch, whatever started that one:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
 */
function refOf({ event, branch }: WorkflowRun): string {
  if (event === "pull_request") return "refs/pull/1/merge";
  return `refs/heads/${event === "push" ? branch : DEFAULT_BRANCH}`;
}
