import type { Build } from "@aws-sdk/client-codebuild";
import type { BuildQueue } from "./build-queue";

const MINUTE = 60_000;

/** A build's turn in the queue, and how long it may wait for it and then run. */
export class BuildTurn {
  private timeout: NodeJS.Timeout | undefined;
  private hasCome = false;

  /** @param expired called when one of the build's timeouts has passed */
  constructor(
    private readonly queue: BuildQueue,
    private readonly build: Build,
    private readonly expired: () => void,
  ) {}

  /** Waits for the turn, or until the signal is aborted. The time of waiting does not count as the build's. */
  async take(signal: AbortSignal): Promise<void> {
    this.limitTime(this.build.queuedTimeoutInMinutes!);
    this.hasCome = await this.queue.enter(signal);
    this.limitTime(this.build.timeoutInMinutes!);
  }

  /** Lets the next build in. */
  end(): void {
    clearTimeout(this.timeout);
    if (this.hasCome) this.queue.leave();
  }

  private limitTime(minutes: number): void {
    clearTimeout(this.timeout);
    this.timeout = setTimeout(this.expired, minutes * MINUTE);
  }
}
