import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { types } from "node:util";

/** Bytes of the log after which nothing more is written: an endless stream of errors must not fill the disk. */
const LIMIT = 16 * 1024 * 1024;

/** The log of a session's servers: what went wrong in them, with stacks. Its owner alone can read it. */
export class SessionLog {
  readonly file: string;

  /** @param folder the session's own; it need not be there yet */
  constructor(folder: string) {
    this.file = join(folder, "session.log");
  }

  /** Appends an entry with the time. Never throws: what is reported here must not fail because of it. */
  write(message: string): void {
    try {
      if ((statSync(this.file, { throwIfNoEntry: false })?.size ?? 0) > LIMIT) return;
      appendFileSync(this.file, `${new Date().toISOString()} ${message}\n`, { mode: 0o600 });
    } catch {
      // The folder is not there yet, or no longer: the session has not begun or has ended.
      console.error(message);
    }
  }

  /** Appends an error with its stack, and those of its causes. */
  error(what: string, error: unknown): void {
    this.write(`${what}: ${describe(error)}`);
  }

  /** Lets work continue in the background; a failure becomes an entry here and terminates nothing. */
  watch(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.error(what, error));
  }
}

function describe(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by ${describe(error.cause)}`;
}
