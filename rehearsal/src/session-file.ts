import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isRunning, processStart } from "./orphan-processes";

/** Which process the session is: one that was killed could not remove its file. */
const owner = z.object({ pid: z.number().int().positive(), processStart: z.string().nullable() });

/** `session.json`: how scripts reach the session that stays up. */
export class SessionFile {
  readonly path: string;

  /** @param home the folder `.rehearsal` */
  constructor(home: string) {
    this.path = join(home, "session.json");
  }

  /** Writes how this process's session is reached, readable by its owner only: there are credentials in it. */
  write(details: Readonly<Record<string, string>>): void {
    const { pid } = process;
    const content = { pid, processStart: processStart(pid) ?? null, ...details };
    // A file that is there keeps its mode.
    rmSync(this.path, { force: true });
    writeFileSync(this.path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  }

  /** Removes the file of a session that has died. @returns what to tell about it, or about one that is up */
  removeDead(): string | undefined {
    const found = this.owner();
    if (found === undefined) return undefined;
    if (found !== "unreadable" && isAlive(found)) {
      return `Another rehearsal stays up (process ${found.pid}); with --keep this one will take over ${this.path}.`;
    }
    rmSync(this.path, { force: true });
    return `Removed ${this.path}: the session it described has died, and nothing answers at its addresses.`;
  }

  /** Removes the file if it is this process's. */
  removeOwn(): void {
    const found = this.owner();
    if (typeof found === "object" && found.pid === process.pid) rmSync(this.path, { force: true });
  }

  private owner(): z.infer<typeof owner> | "unreadable" | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch {
      return undefined;
    }
    try {
      return owner.parse(JSON.parse(text));
    } catch {
      // Written by an earlier version, or only in part.
      return "unreadable";
    }
  }
}

function isAlive({ pid, processStart: started }: z.infer<typeof owner>): boolean {
  if (started !== null) return isRunning({ pid, started });
  // Not Linux: the pid may have been reused; better to keep a stale file than to remove that of a running session.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
