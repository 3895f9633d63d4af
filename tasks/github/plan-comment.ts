import { z } from "zod";
import type { GitHubApi } from "./api";
import { readAnswer, refuseError } from "./answer";

/** The run of a workflow. A repeated run has the same number and another attempt. */
export interface WorkflowRun {
  readonly number: number;
  readonly attempt: number;
}

/** The user of the token that GitHub gives a job: https://docs.github.com/en/actions/concepts/security/github_token */
const AUTHOR = "github-actions[bot]";

/** Comments of a page: https://docs.github.com/en/rest/issues/comments#list-issue-comments */
const PAGE = 100;

const comment = z.object({
  id: z.number(),
  body: z.string().default(""),
  user: z.object({ login: z.string() }).nullable(),
});
type Comment = z.infer<typeof comment>;

interface Marked {
  readonly id: number;
  readonly run: WorkflowRun;
}

/** The comment of a pull request that shows its plan: there is one, of the newest run. */
export class PlanComment {
  /** @param issues the path of a pull request's issue: `repos/OWNER/NAME/issues` */
  constructor(
    private readonly api: GitHubApi,
    private readonly issues: string,
    private readonly pull: number,
  ) {}

  /**
   * Creates the comment, or changes it unless it is of a newer run.
   *
   * @returns whether the comment is this run's
   */
  async write(run: WorkflowRun, markdown: string): Promise<boolean> {
    const body = `${markerOf(run)}\n${markdown}`;
    const [first] = await this.find();
    if (first === undefined) await this.create(body);
    else if (isNewer(first.run, run)) return false;
    else await this.change(first.id, body);
    return this.keepNewest(run, body);
  }

  /**
   * Leaves one comment if several runs have written at the same time: that of the newest run. Every run removes the same
   * ones, and the last one to look sees all of them.
   */
  private async keepNewest(run: WorkflowRun, body: string): Promise<boolean> {
    const found = await this.find();
    const newest = found.reduce((one, other) => (isNewer(other.run, one.run) ? other : one), { id: 0, run });
    const kept = found.find((one) => !isNewer(newest.run, one.run));
    // Another run has removed it, which saw it before it was changed.
    if (kept === undefined) await this.create(body);
    for (const { id } of found) if (id !== kept?.id) await this.remove(id);
    return newest.run === run;
  }

  /** Returns the marked comments of the workflow, oldest first. Anyone can write a marker, but not as this author. */
  private async find(): Promise<Marked[]> {
    const found: Marked[] = [];
    for (let page = 1; ; page++) {
      const comments = await this.page(page);
      for (const { id, body, user } of comments) {
        const run = user?.login === AUTHOR ? runIn(body) : undefined;
        if (run !== undefined) found.push({ id, run });
      }
      if (comments.length < PAGE) return found;
    }
  }

  private async page(page: number): Promise<Comment[]> {
    const path = `${this.issues}/${this.pull}/comments?per_page=${PAGE}&page=${page}`;
    return readAnswer(await this.api.request(path), z.array(comment), "list the comments");
  }

  private async create(body: string): Promise<void> {
    const answer = await this.api.request(`${this.issues}/${this.pull}/comments`, "POST", { body });
    await refuseError(answer, "create the comment");
  }

  private async change(id: number, body: string): Promise<void> {
    const answer = await this.api.request(`${this.issues}/comments/${id}`, "PATCH", { body });
    // If another run has removed it, keepNewest creates it again.
    if (answer.status !== 404) await refuseError(answer, "change the comment");
  }

  private async remove(id: number): Promise<void> {
    const answer = await this.api.request(`${this.issues}/comments/${id}`, "DELETE");
    // The other run can have removed it as well.
    if (answer.status !== 404) await refuseError(answer, "remove an outdated comment");
  }
}

/** Returns the first line of the comment, which GitHub does not show. */
export function markerOf({ number, attempt }: WorkflowRun): string {
  return `<!-- heavy-water-plan run=${number} attempt=${attempt} -->`;
}

function runIn(body: string): WorkflowRun | undefined {
  const [, number, attempt] = /^<!-- heavy-water-plan run=(\d+) attempt=(\d+) -->/.exec(body) ?? [];
  return number === undefined ? undefined : { number: Number(number), attempt: Number(attempt) };
}

function isNewer(one: WorkflowRun, other: WorkflowRun): boolean {
  return one.number === other.number ? one.attempt > other.attempt : one.number > other.number;
}
