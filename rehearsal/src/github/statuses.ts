import { z } from "zod";
import { requestOf } from "./described";
import { ApiError } from "./api-error";

export type StatusState = "error" | "failure" | "pending" | "success";

/** A status of a commit. */
export interface Status {
  readonly id: number;
  readonly state: StatusState;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** The statuses of a commit. */
export interface CommitStatuses {
  readonly commit: string;
  readonly statuses: readonly Pick<Status, "context" | "state" | "description">[];
}

/** Maximum statuses per commit and context on GitHub. */
const LIMIT = 1000;

const newStatus = requestOf<"repos/create-commit-status">()(
  z.object({
    state: z.enum(["error", "failure", "pending", "success"]),
    context: z.string().min(1).max(255).default("default"),
    description: z.string().max(140, "is too long (maximum is 140 characters)").nullish(),
    target_url: z.string().nullish(),
  }),
);

/** The statuses of the repository's commits. */
export class Statuses {
  private readonly statuses = new Map<string, Status[]>();
  private lastId = 0;

  /** Newest first. */
  of(sha: string): Status[] {
    return this.statuses.get(sha)?.toReversed() ?? [];
  }

  /** The newest status of each context. */
  latest(sha: string): Status[] {
    const byContext = new Map(this.statuses.get(sha)?.map((status) => [status.context, status]));
    return [...byContext.values()];
  }

  /** The newest status of each context, by commit; the commit that got the last status comes first. */
  byCommit(): CommitStatuses[] {
    const newest = (sha: string) => this.of(sha)[0]!.id;
    return [...this.statuses.keys()]
      .sort((one, other) => newest(other) - newest(one))
      .map((commit) => ({
        commit,
        statuses: this.latest(commit).map(({ context, state, description }) => ({
          context,
          state,
          description,
        })),
      }));
  }

  /** Adds a status from a request's body. Throws an `ApiError` in GitHub's words for an invalid body. */
  add(sha: string, body: unknown): Status {
    const { data, error } = newStatus.safeParse(body);
    if (error) {
      const messages = error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
      throw invalid(...messages);
    }
    const known = this.statuses.get(sha) ?? [];
    if (known.filter(({ context }) => context === data.context).length >= LIMIT) {
      throw invalid({
        field: "base",
        message: "This SHA and context has reached the maximum number of statuses.",
      });
    }
    const now = new Date().toISOString();
    const status: Status = {
      id: ++this.lastId,
      state: data.state,
      context: data.context,
      description: data.description ?? null,
      target_url: data.target_url ?? null,
      created_at: now,
      updated_at: now,
    };
    this.statuses.set(sha, [...known, status]);
    return status;
  }
}

/** Combines statuses: failure first, then pending, which is also the result without any. */
export function combined(statuses: readonly Status[]): "failure" | "pending" | "success" {
  if (statuses.some(({ state }) => state === "error" || state === "failure")) return "failure";
  return statuses.length > 0 && statuses.every(({ state }) => state === "success") ? "success" : "pending";
}

function invalid(...errors: { field: string; message: string }[]): ApiError {
  return new ApiError(
    422,
    "Validation Failed",
    errors.map((error) => ({ resource: "Status", code: "custom", ...error })),
  );
}
