import type { Build } from "@aws-sdk/client-codebuild";
import type { BuildQueue } from "./build-queue";

const MINUTE = 60_000;

/** A build's turn in the queue, with the timeouts of waiting and running. */
export class BuildTurn {
  private timeout: NodeJS.Timeout | undefined;
  private isRunning = false;

  /** @param expired called when the build has timed out */
  constructor(
    private readonly queue: BuildQueue,
    private readonly build: Build,
    private readonly expired: () => void,
  ) {}

  /** Waits for the turn, or until the signal is aborted. Waiting does not count toward the build's timeout. */
  async take(signal: AbortSignal): Promise<void> {
    this.limitTime(this.build.queuedTimeoutInMinutes!);
    this.isRunning = await this.queue.enter(signal);
    this.limitTime(this.build.timeoutInMinutes!);
  }

  /** Lets the next build run. */
  end(): void {
    clearTimeout(this.timeout);
    if (this.isRunning) this.queue.leave();
  }

  private limitTime(minutes: number): void {
    clearTimeout(this.timeout);
    this.timeout = setTimeout(this.expired, minutes * MINUTE);
  }
}
