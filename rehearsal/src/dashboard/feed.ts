import { randomUUID } from "node:crypto";

/** A change of one key: its new value, or its removal. */
export interface Entry {
  readonly sequence: number;
  readonly key: string;
  /** The value as JSON; undefined if the key was removed. */
  readonly json: string | undefined;
}

/** Removed keys that are remembered for pages that reconnect. */
const REMOVED = 200;

/**
 * The state of the page as keys and their latest values. A page that reconnects, or reads slowly, gets each key once;
 * nothing is queued for it.
 */
export class Feed {
  private readonly epoch = randomUUID().slice(0, 8);
  /** The latest change last. */
  private readonly entries = new Map<string, Entry>();
  private readonly waiting = new Set<() => void>();
  private sequence = 0;
  /** A page with an earlier sequence number may have missed a removal. */
  private forgotten = 0;

  /** Sets the value of a key; does nothing if it is unchanged. */
  set(key: string, value: object): void {
    const json = JSON.stringify(value);
    if (this.entries.get(key)?.json !== json) this.put(key, json);
  }

  remove(key: string): void {
    if (this.entries.get(key)?.json === undefined) return;
    this.put(key, undefined);
    const removed = [...this.entries.values()].filter(({ json }) => json === undefined);
    for (const entry of removed.slice(0, -REMOVED)) {
      this.entries.delete(entry.key);
      this.forgotten = entry.sequence;
    }
  }

  /** Returns the keys with this prefix. */
  keys(prefix: string): string[] {
    return [...this.entries.values()]
      .filter(({ key, json }) => json !== undefined && key.startsWith(prefix))
      .map(({ key }) => key);
  }

  /** Returns the changes after a sequence number, in order. */
  after(sequence: number): Entry[] {
    return [...this.entries.values()].filter((entry) => entry.sequence > sequence);
  }

  /** Returns the event id from which a page that reconnects continues. */
  idOf({ sequence }: Entry): string {
    return `${this.epoch}.${sequence}`;
  }

  /** Returns the sequence number of an event id; undefined if the page must start over. */
  sequenceOf(id: string | undefined): number | undefined {
    const [epoch, digits = ""] = id?.split(".") ?? [];
    const sequence = Number(digits);
    const known = epoch === this.epoch && /^\d+$/.test(digits) && sequence <= this.sequence;
    return known && sequence >= this.forgotten ? sequence : undefined;
  }

  /** Resolves at the next change or abort. */
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
    // Deleted first, because a map keeps the order of insertion.
    this.entries.delete(key);
    this.entries.set(key, { sequence: ++this.sequence, key, json });
    for (const wake of this.waiting) wake();
  }
}
