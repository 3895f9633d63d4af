import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { IDLE_TIMEOUT } from "../../rehearsal/src/aws/proxy";
import { eventually } from "../../rehearsal/__tests__/support/eventually";

/** The result of one request. */
export interface Answer {
  /** The status code, or the error. */
  readonly status: number | string;
  /** The commit in the response of `GET /health`, if there is one. */
  readonly commit: string | undefined;
  readonly milliseconds: number;
}

/** How many requests are pending at most while a number of answers is awaited. */
const HURRIED = 20;

/**
 * Sends requests for the health of an API at a constant rate, no matter how long a response takes; and as fast as they
 * are answered while only a number of answers is awaited.
 */
export class Load {
  readonly answers: Answer[] = [];
  private readonly agent = new Agent({ keepAlive: true, timeout: IDLE_TIMEOUT });
  private readonly stopping = new AbortController();
  private readonly requests: Promise<void>;
  private isHurried = false;

  constructor(
    private readonly url: string,
    private readonly perSecond: number,
  ) {
    this.requests = this.send();
  }

  /** Stops it, and waits for pending responses. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.requests;
    this.agent.destroy();
  }

  /** Waits until there are `count` more answers than `before`. @returns them */
  async since(before: number, count: number): Promise<Answer[]> {
    const seconds = (8 * count) / this.perSecond;
    this.isHurried = true;
    try {
      await eventually(
        `${count} requests are answered`,
        () => this.answers.length >= before + count,
        seconds,
      );
    } finally {
      this.isHurried = false;
    }
    return this.answers.slice(before);
  }

  private async send(): Promise<void> {
    const pending = new Set<Promise<unknown>>();
    for (let due = performance.now(); !this.stopping.signal.aborted; due += 1000 / this.perSecond) {
      if (this.isHurried) {
        if (pending.size >= HURRIED) await Promise.race(pending);
        due = performance.now();
      }
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      const sent = this.once().then((answer) => {
        this.answers.push(answer);
        pending.delete(sent);
      });
      pending.add(sent);
    }
    await Promise.all(pending);
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

/** Counts the requests that were not answered with 200, by status or error. */
export function failures(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) {
    if (status !== 200) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Returns a percentile of the response times in milliseconds. */
export function percentile(answers: readonly Answer[], percent: number): number {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  return Math.round(sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0);
}

/** Returns the response time of a commit's first answer in milliseconds. */
export function firstOf(answers: readonly Answer[], commit: string): number {
  return Math.round(answers.find((one) => one.commit === commit)?.milliseconds ?? 0);
}

function commitOf(body: string): string | undefined {
  return /"commit":"(\w+)"/.exec(body)?.[1];
}
