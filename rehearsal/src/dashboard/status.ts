import type { SessionLog } from "../session-log";
import type { StateChange } from "../aws/state-change";
import type { Feed } from "./feed";
import type { PageSource } from "./page";

/** Milliseconds to collect changes for: an execution has several at a time, and a run of npm takes seconds. */
const GATHER = 1_000;

/** Keeps the output of `npm run status` on the page, as of the last change, while a tab is open. */
export class StatusOutput {
  private timer: NodeJS.Timeout | undefined;
  private working = Promise.resolve();
  private isWatched = false;
  private isStale = false;
  private stopped = false;

  constructor(
    private readonly source: PageSource,
    private readonly feed: Feed,
    private readonly log: SessionLog,
  ) {}

  /** Follows state changes from now on. */
  start(): void {
    this.source.aws.events.on("change", this.onChange);
  }

  /** Whether any tab is open; without one, nothing is run. */
  set watched(watched: boolean) {
    this.isWatched = watched;
    this.readLater();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.source.aws.events.off("change", this.onChange);
    clearTimeout(this.timer);
    await this.working;
  }

  private readonly onChange = (change: StateChange) => {
    if (!isNews(change)) return;
    this.isStale = true;
    this.readLater();
  };

  private readLater(): void {
    if (!this.isWatched || !this.isStale || this.stopped || this.timer) return;
    this.timer = setTimeout(() => {
      // One run at a time; a change in the meantime starts another.
      this.working = this.working.then(() => this.read());
      this.log.watch("npm run status", this.working);
    }, GATHER);
  }

  private async read(): Promise<void> {
    this.isStale = false;
    this.timer = undefined;
    const text = await this.source.status().catch((error: Error) => error.message);
    if (!this.stopped) this.feed.set("status", { text });
  }
}

/** Whether a change can change the status: an execution, an approval that waits, or the end of another build. */
function isNews(change: StateChange): boolean {
  if (change.kind === "execution") return true;
  if (change.kind === "action") return change.type.category === "Approval";
  return change.kind === "build" && change.build.buildComplete === true;
}
