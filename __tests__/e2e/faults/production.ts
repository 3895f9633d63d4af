import { setTimeout as sleep } from "node:timers/promises";

/** Sends requests to production, five per second. */
export class Production {
  /** The status codes and errors of all requests. */
  readonly answers: (number | string)[] = [];
  private readonly stopping = new AbortController();

  constructor(private readonly url: string) {
    void this.send();
  }

  /** Returns the live commit. */
  async commit(): Promise<string> {
    return ((await (await fetch(this.url)).json()) as { commit: string }).commit;
  }

  stop(): void {
    this.stopping.abort();
  }

  private async send(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.answers.push(await fetch(this.url).then(({ status }) => status, String));
      await sleep(200);
    }
  }
}
