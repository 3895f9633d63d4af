import { setTimeout as pause } from "node:timers/promises";

/** Somebody who asks production all the time. */
export class Production {
  /** What was answered, one after the other: 200, or what went wrong. */
  readonly answers: (number | string)[] = [];
  private readonly over = new AbortController();

  constructor(private readonly url: string) {
    void this.ask();
  }

  /** The commit that is live. */
  async commit(): Promise<string> {
    return ((await (await fetch(this.url)).json()) as { commit: string }).commit;
  }

  stop(): void {
    this.over.abort();
  }

  private async ask(): Promise<void> {
    while (!this.over.signal.aborted) {
      this.answers.push(await fetch(this.url).then(({ status }) => status, String));
      await pause(200);
    }
  }
}
