import { z } from "zod";
import { requestOf } from "./described";
import type { RefChange } from "./push-event";
import type { ActionDetails, PullRequest, PullRequestAction } from "./pull-request";
import { ApiError } from "./api-error";
import type { Repository } from "./repository";

const newPull = requestOf<"pulls/create">()(
  z.object({
    title: z.string().min(1),
    head: z.string().min(1),
    base: z.string().min(1),
    body: z.string().optional(),
    draft: z.boolean().default(false),
  }),
);

const changedPull = requestOf<"pulls/update">()(
  z.object({
    title: z.string().min(1).optional(),
    body: z.string().optional(),
    state: z.enum(["open", "closed"]).optional(),
  }),
);

/** Receives the events of a pull request. */
type Listener = (action: PullRequestAction, pull: PullRequest, details: ActionDetails) => Promise<void>;

/** The pull requests of the repository; their branches are all in it. */
export class PullRequests {
  private readonly pulls = new Map<number, PullRequest>();

  constructor(
    private readonly repository: Repository,
    private readonly happened: Listener,
  ) {}

  /** Newest first. */
  all(): PullRequest[] {
    return [...this.pulls.values()].reverse();
  }

  get(number: number): PullRequest | undefined {
    return this.pulls.get(number);
  }

  /** Opens a pull request from a request's body. Throws an `ApiError` in GitHub's words if it cannot. */
  async open(body: unknown): Promise<PullRequest> {
    const wanted = parse(newPull, body);
    const headName = wanted.head.replace(`${this.repository.owner}:`, "");
    const head = await this.repository.branch(headName);
    if (!head) throw invalid({ code: "invalid", field: "head" });
    const base = await this.repository.branch(wanted.base);
    if (!base) throw invalid({ code: "invalid", field: "base" });
    if (await this.repository.isAncestor(head.sha, base.sha)) {
      throw invalid({
        code: "custom",
        message: `No commits between ${wanted.base} and ${headName}`,
      });
    }
    this.checkTwin(headName, wanted.base);
    const now = new Date().toISOString();
    const pull: PullRequest = {
      number: this.pulls.size + 1,
      head: { ref: headName, sha: head.sha },
      base: { ref: wanted.base, sha: base.sha },
      title: wanted.title,
      body: wanted.body ?? null,
      draft: wanted.draft,
      state: "open",
      created_at: now,
      updated_at: now,
      closed_at: null,
      merged_at: null,
      merge_commit_sha: null,
      comments: 0,
      labels: [],
    };
    this.pulls.set(pull.number, pull);
    await this.repository.setPullHead(pull.number, head.sha);
    await this.happened("opened", pull, {});
    return pull;
  }

  /** Changes what the body names. Throws an `ApiError` in GitHub's words if it cannot. */
  async change(pull: PullRequest, body: unknown): Promise<PullRequest> {
    const { title, body: text, state } = parse(changedPull, body);
    const changes = {
      ...(title !== undefined && { title: { from: pull.title } }),
      ...(text !== undefined && { body: { from: pull.body ?? "" } }),
    };
    if (state === "open" && pull.state === "closed") await this.reopen(pull);
    pull.title = title ?? pull.title;
    pull.body = text === undefined ? pull.body : text;
    pull.updated_at = new Date().toISOString();
    if (Object.keys(changes).length > 0) await this.happened("edited", pull, { changes });
    if (state === "closed" && pull.state === "open") await this.close(pull);
    return pull;
  }

  /** Makes a merge commit on the base branch. Throws an `ApiError` in GitHub's words if it cannot. */
  async merge(pull: PullRequest, message: string, expectedHead: string | undefined): Promise<string> {
    if (pull.state === "closed" || pull.draft) throw new ApiError(405, "Pull Request is not mergeable");
    if (expectedHead !== undefined && expectedHead !== pull.head.sha) {
      throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
    }
    const base = await this.repository.branch(pull.base.ref);
    const commit = base && (await this.repository.merge(pull.base.ref, base.sha, pull.head.sha, message));
    if (!commit) throw new ApiError(405, "Pull Request is not mergeable");
    pull.base.sha = base.sha;
    await this.close(pull, commit);
    return commit;
  }

  /** Updates open pull requests after a push to their branches. */
  async follow(change: RefChange): Promise<void> {
    for (const pull of this.all().filter(({ state }) => state === "open")) {
      if (change.ref === `refs/heads/${pull.head.ref}`) await this.moveHead(pull, change);
      if (change.ref === `refs/heads/${pull.base.ref}`) await this.moveBase(pull, change);
    }
  }

  private async moveHead(pull: PullRequest, { before, after }: RefChange): Promise<void> {
    // GitHub closes a pull request whose branch is deleted.
    if (after === undefined) return this.close(pull);
    pull.head.sha = after;
    pull.updated_at = new Date().toISOString();
    await this.repository.setPullHead(pull.number, after);
    await this.happened("synchronize", pull, { before, after });
  }

  private async moveBase(pull: PullRequest, { after }: RefChange): Promise<void> {
    if (after === undefined) return this.close(pull);
    // Merged by a push, which GitHub detects too.
    if (await this.repository.isAncestor(pull.head.sha, after)) await this.close(pull, after);
    else pull.base.sha = after;
  }

  private async close(pull: PullRequest, mergeCommit?: string): Promise<void> {
    const now = new Date().toISOString();
    pull.state = "closed";
    pull.closed_at = now;
    pull.updated_at = now;
    if (mergeCommit !== undefined) {
      pull.merged_at = now;
      pull.merge_commit_sha = mergeCommit;
    }
    await this.happened("closed", pull, {});
  }

  private async reopen(pull: PullRequest): Promise<void> {
    const head = await this.repository.branch(pull.head.ref);
    const base = await this.repository.branch(pull.base.ref);
    if (pull.merged_at !== null || !head || !base) throw invalid({ code: "invalid", field: "state" });
    this.checkTwin(pull.head.ref, pull.base.ref);
    pull.head.sha = head.sha;
    pull.base.sha = base.sha;
    pull.state = "open";
    pull.closed_at = null;
    await this.repository.setPullHead(pull.number, head.sha);
    await this.happened("reopened", pull, {});
  }

  private checkTwin(head: string, base: string): void {
    const twin = this.all().find(
      (pull) => pull.state === "open" && pull.head.ref === head && pull.base.ref === base,
    );
    if (!twin) return;
    const message = `A pull request already exists for ${this.repository.owner}:${head}.`;
    throw invalid({ code: "custom", message });
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (!error) return data;
  throw invalid(
    ...error.issues.map(({ path, message }) => ({ code: "invalid", field: path.join("."), message })),
  );
}

function invalid(...errors: { code: string; field?: string; message?: string }[]): ApiError {
  return new ApiError(
    422,
    "Validation Failed",
    errors.map((error) => ({ resource: "PullRequest", ...error })),
  );
}
