import { request } from "node:http";

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** The server-sent events of an address, as a browser gets them. */
export class Events {
  readonly all: ServerEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly request;
  private rest = "";
  /** Whether the server has ended the stream. */
  ended = false;

  constructor(url: string, lastEventId?: string) {
    const headers = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
    this.request = request(url, { headers }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (text: string) => this.take(text));
      response.on("close", () => {
        this.ended = true;
        this.wake();
      });
      response.on("error", () => undefined);
    });
    this.request.on("error", () => undefined);
    this.request.end();
  }

  close(): void {
    this.request.destroy();
  }

  /** The state that the events so far add up to. */
  get state(): Map<string, unknown> {
    const state = new Map<string, unknown>();
    for (const { event, data } of this.all) {
      if (event === "reset") state.clear();
      if (event === "set") {
        const { key, value } = JSON.parse(data) as { key: string; value: unknown };
        state.set(key, value);
      }
      if (event === "remove") state.delete((JSON.parse(data) as { key: string }).key);
    }
    return state;
  }

  /** Waits until something can be found. */
  async until<T>(find: () => T | undefined | false): Promise<T> {
    const deadline = Date.now() + 45_000;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      if (this.ended || Date.now() > deadline) {
        throw new Error(`Never happened: ${find.toString()}; known: ${JSON.stringify([...this.state])}`);
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiting.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, 1_000);
        this.waiting.add(wake);
      });
    }
  }

  private take(text: string): void {
    const blocks = (this.rest + text).split("\n\n");
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const event = field("event");
      if (event !== undefined) this.all.push({ event, data: field("data") ?? "", id: field("id") });
    }
    this.wake();
  }

  private wake(): void {
    for (const wake of this.waiting) wake();
  }
}
