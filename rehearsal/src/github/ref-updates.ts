import type { Refs, Repository } from "./repository";

/** Hears of the refs before and after a change; the next change waits until it is done. */
export type RefListener = (before: Refs, after: Refs) => Promise<void>;

/** Changes to the repository's refs, one at a time, so that each is announced with what it changed itself. */
export class RefUpdates {
  /** Ends when the last change so far has. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: Repository,
    private readonly changed: RefListener,
  ) {}

  /** Runs what changes refs when its turn has come, and announces what it has changed, also if it fails. */
  run<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const before = await this.repository.refs();
      try {
        return await change();
      } finally {
        await this.changed(before, await this.repository.refs());
      }
    });
    this.last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Waits for everything asked for so far. */
  async idle(): Promise<void> {
    await this.last;
  }
}
