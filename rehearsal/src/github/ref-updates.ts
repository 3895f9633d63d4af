import type { Refs, Repository } from "./repository";

/** Receives the refs before and after a change; the next change waits for it. */
export type RefListener = (before: Refs, after: Refs) => Promise<void>;

/** Runs changes to the repository's refs one at a time, so that each is announced with its own changes. */
export class RefUpdates {
  /** Resolves after the last change so far. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: Repository,
    private readonly changed: RefListener,
  ) {}

  /** Runs a change after the previous ones, and announces the changed refs, even if it fails. */
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

  /** Waits for all changes so far. */
  async idle(): Promise<void> {
    await this.last;
  }
}
