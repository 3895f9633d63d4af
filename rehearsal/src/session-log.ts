import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { types } from "node:util";

/** Maximum bytes of the log, so that endless errors do not fill the disk. */
const LIMIT = 16 * 1024 * 1024;

/** The log of errors in a session's servers, with stacks, readable by its owner only. */
export class SessionLog {
  readonly file: string;

  /** @param folder the session's folder, which does not have to exist yet */
  constructor(folder: string) {
    this.file = join(folder, "session.log");
  }

  /** Appends an entry with the time. Never throws. */
  write(message: string): void {
    try {
      if ((statSync(this.file, { throwIfNoEntry: false })?.size ?? 0) > LIMIT) return;
      appendFileSync(this.file, `${new Date().toISOString()} ${message}\n`, { mode: 0o600 });
    } catch {
      // The folder does not exist before and after the session.
      console.error(message);
    }
  }

  /** Appends an error with its stack, and those of its causes. */
  error(what: string, error: unknown): void {
    this.write(`${what}: ${describe(error)}`);
  }

  /** Lets work continue in the background and logs its failure. */
  watch(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.error(what, error));
  }
}

function describe(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by ${describe(error.cause)}`;
}
