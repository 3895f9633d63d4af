import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { IDLE_TIMEOUT } from "../../rehearsal/src/aws/proxy";

/** One request, and what came of it. */
export interface Answer {
  /** The status, or what went wrong without one. */
  readonly status: number | string;
  /** The commit that `GET /health` names; undefined where it names none. */
  readonly commit: string | undefined;
  readonly milliseconds: number;
}

/** Asks an API for its health, so many times a second, however long an answer takes. */
export class Load {
  readonly answers: Answer[] = [];
  private readonly agent = new Agent({ keepAlive: true, timeout: IDLE_TIMEOUT });
  private readonly over = new AbortController();
  private readonly asking: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly perSecond: number,
  ) {
    this.asking = this.ask();
  }

  /** Ends it, and waits for the answers that are still to come. */
  async stop(): Promise<void> {
    this.over.abort();
    await this.asking;
    this.agent.destroy();
  }

  /** Waits until there are so many answers more than at a moment before. @returns them */
  async since(before: number, count: number): Promise<Answer[]> {
    while (this.answers.length < before + count) await pause(100);
    return this.answers.slice(before);
  }

  private async ask(): Promise<void> {
    const began = performance.now();
    const under: Promise<unknown>[] = [];
    for (let sent = 0; !this.over.signal.aborted; sent++) {
      const due = began + (sent * 1000) / this.perSecond - performance.now();
      if (due > 0) await pause(due);
      under.push(this.once().then((answer) => this.answers.push(answer)));
    }
    await Promise.all(under);
  }

  private once(): Promise<Answer> {
    const began = performance.now();
    return new Promise((resolve) => {
      const end = (status: number | string, body = "") =>
        resolve({ status, commit: commitOf(body), milliseconds: performance.now() - began });
      const sent = request(`${this.url}/health`, { agent: this.agent }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("end", () => end(response.statusCode ?? 0, body));
        response.on("error", (error) => end(error.message));
      });
      sent.on("error", (error) => end(error.message)).end();
    });
  }
}

/** The requests that were not answered with 200, by what came instead. */
export function failures(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) {
    if (status !== 200) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** The milliseconds within which so many percent of the requests were answered. */
export function percentile(answers: readonly Answer[], percent: number): number {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  return Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
}

/** The milliseconds that the first answer of a commit took. */
export function firstOf(answers: readonly Answer[], commit: string): number {
  return Math.round(answers.find((one) => one.commit === commit)?.milliseconds ?? 0);
}

function commitOf(body: string): string | undefined {
  return /"commit":"(\w+)"/.exec(body)?.[1];
}
