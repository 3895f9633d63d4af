import { rmSync } from "node:fs";
import { killAll } from "./processes";
import type { SessionLog } from "./session-log";

/** The exit code of a program that Ctrl-C stopped, as shells report it: 128 and the number of SIGINT. */
export const INTERRUPTED = 130;

/**
 * Milliseconds within which two signals are one press of Ctrl-C: the terminal sends SIGINT to npm and to this
 * process, and npm forwards its own.
 */
const SAME_PRESS = 500;

export interface ShutdownOptions {
  readonly log: SessionLog;
  /** The session's folder, which is removed. */
  readonly folder: string;
  /** Stops everything that was started. */
  readonly stop: () => Promise<unknown>;
  /** Removes what the session has outside its folder. */
  readonly cleanUp?: () => void;
}

/** Stops a session at Ctrl-C, and at once when Ctrl-C is pressed again. */
export class Shutdown {
  private requestedAt: number | undefined;

  constructor(private readonly options: ShutdownOptions) {}

  /** Whether Ctrl-C was pressed: what fails from then on fails because of it. */
  get requested(): boolean {
    return this.requestedAt !== undefined;
  }

  /** Handles signals and uncaught errors from now on. */
  listen(): void {
    process.on("SIGINT", () => this.request());
    process.on("SIGTERM", () => this.request());
    process.on("uncaughtException", (error) => this.report(error));
  }

  /** Kills what still runs, removes the session's folder and exits. */
  exit(code: number): never {
    killAll();
    this.options.cleanUp?.();
    try {
      // Retries, because a process that was just killed can still write to the folder.
      rmSync(this.options.folder, { recursive: true, force: true, maxRetries: 5 });
    } finally {
      process.exit(code);
    }
  }

  private request(): void {
    const { log, stop } = this.options;
    if (this.requestedAt === undefined) {
      this.requestedAt = performance.now();
      console.error("\nStopping…");
      log.watch(
        "Shutdown",
        stop().finally(() => this.exit(INTERRUPTED)),
      );
    } else if (performance.now() - this.requestedAt > SAME_PRESS) {
      this.exit(INTERRUPTED);
    }
  }

  /** An uncaught error must not terminate the session, which holds nothing that it could damage. */
  private report(error: NodeJS.ErrnoException): void {
    // The process that read the output has exited.
    if (error.code === "EPIPE") return this.request();
    this.options.log.error("Uncaught error", error);
    console.error(`Unexpected error; the session continues. Details: ${this.options.log.file}`);
  }
}
