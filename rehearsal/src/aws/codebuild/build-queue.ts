/** Builds that may wait, for each one that may run. */
const WAITING_PER_RUNNING = 5;

/** The builds that run at a time in an account, and the others, which wait in the order they came in. */
export class BuildQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param limit builds that run at a time */
  constructor(readonly limit: number) {}

  /** Builds that may wait. */
  get capacity(): number {
    return WAITING_PER_RUNNING * this.limit;
  }

  /** Waits for a turn. False when the signal is aborted before it comes; `leave` must follow otherwise. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.running < this.limit) {
      this.running++;
      return true;
    }
    return new Promise((done) => {
      const turn = () => {
        signal.removeEventListener("abort", giveUp);
        done(true);
      };
      const giveUp = () => {
        this.waiting.splice(this.waiting.indexOf(turn), 1);
        done(false);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.waiting.push(turn);
    });
  }

  /** Gives the turn to the next one. */
  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
