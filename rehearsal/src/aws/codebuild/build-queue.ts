/** Queued builds for each build that can run. */
const WAITING_PER_RUNNING = 5;

/** Limits the concurrent builds of an account. The others wait, first in, first out. */
export class BuildQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param limit concurrent builds */
  constructor(readonly limit: number) {}

  /** The number of builds that can wait. */
  get capacity(): number {
    return WAITING_PER_RUNNING * this.limit;
  }

  /**
   * Waits until the build can run. Resolves with false if the signal is aborted first; otherwise, `leave` must follow.
   */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.running < this.limit) {
      this.running++;
      return true;
    }
    return new Promise((done) => {
      const enter = () => {
        signal.removeEventListener("abort", giveUp);
        done(true);
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        done(false);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.waiting.push(enter);
    });
  }

  /** Lets the next build run. */
  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
