import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isRunning, processStart } from "./orphan-processes";

/** The process of the session, because a killed one could not remove its file. */
const owner = z.object({ pid: z.number().int().positive(), processStart: z.string().nullable() });

/** `session.json`: the endpoints and credentials of a session that `--keep` keeps running. */
export class SessionFile {
  readonly path: string;

  /** @param home the folder `.rehearsal` */
  constructor(home: string) {
    this.path = join(home, "session.json");
  }

  /** Writes the file, readable by its owner only because it contains credentials. */
  write(details: Readonly<Record<string, string>>): void {
    const { pid } = process;
    const content = { pid, processStart: processStart(pid) ?? null, ...details };
    // An existing file would keep its mode.
    rmSync(this.path, { force: true });
    writeFileSync(this.path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  }

  /** Removes the file of a session that has ended. @returns a message about it, or about a running session */
  removeDead(): string | undefined {
    const found = this.owner();
    if (found === undefined) return undefined;
    if (found !== "unreadable" && isAlive(found)) {
      return `Another rehearsal is running (process ${found.pid}); with --keep this one will overwrite ${this.path}.`;
    }
    rmSync(this.path, { force: true });
    return `Removed ${this.path}: its session has ended.`;
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
  // Without /proc the pid may have been reused; a stale file is better than removing that of a running session.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
