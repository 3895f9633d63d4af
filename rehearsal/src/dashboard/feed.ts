import { randomUUID } from "node:crypto";

/** What a page is told of one key: its new value, or that it is gone. */
export interface Entry {
  readonly sequence: number;
  readonly key: string;
  /** The value as JSON; undefined when the key is gone. */
  readonly json: string | undefined;
}

/** Keys that are gone and still remembered, so that a page that was away hears of it. */
const GONE = 200;

/**
 * The state of the page as keys and values, of which only the newest is kept: however long a page was
 * away or however slow it reads, it gets each key once and costs no memory here.
 */
export class Feed {
  private readonly epoch = randomUUID().slice(0, 8);
  /** The latest change last. */
  private readonly entries = new Map<string, Entry>();
  private readonly waiting = new Set<() => void>();
  private sequence = 0;
  /** A page that has seen less than this may have missed that something went. */
  private forgotten = 0;

  /** Gives a key its value; does nothing when it has it already. */
  set(key: string, value: object): void {
    const json = JSON.stringify(value);
    if (this.entries.get(key)?.json !== json) this.put(key, json);
  }

  remove(key: string): void {
    if (this.entries.get(key)?.json === undefined) return;
    this.put(key, undefined);
    const gone = [...this.entries.values()].filter(({ json }) => json === undefined);
    for (const entry of gone.slice(0, -GONE)) {
      this.entries.delete(entry.key);
      this.forgotten = entry.sequence;
    }
  }

  /** The keys that have a value and begin like this. */
  keys(prefix: string): string[] {
    return [...this.entries.values()]
      .filter(({ key, json }) => json !== undefined && key.startsWith(prefix))
      .map(({ key }) => key);
  }

  /** Everything that has changed after a sequence number, the latest change last. */
  after(sequence: number): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.sequence > sequence);
  }

  /** The id of an event, from which a page that was away goes on. */
  idOf({ sequence }: Entry): string {
    return `${this.epoch}.${sequence}`;
  }

  /** The sequence number an id stands for; undefined when the page must begin anew. */
  sequenceOf(id: string | undefined): number | undefined {
    const [epoch, digits = ""] = id?.split(".") ?? [];
    const sequence = Number(digits);
    const known = epoch === this.epoch && /^\d+$/.test(digits) && sequence <= this.sequence;
    return known && sequence >= this.forgotten ? sequence : undefined;
  }

  /** Resolves at the next change, or when the signal is aborted. */
  news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener("abort", wake);
      if (signal.aborted) wake();
    });
  }

  private put(key: string, json: string | undefined): void {
    // Out and in again: the map keeps the order in which keys came.
    this.entries.delete(key);
    this.entries.set(key, { sequence: ++this.sequence, key, json });
    for (const wake of this.waiting) wake();
  }
}
