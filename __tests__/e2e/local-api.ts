import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findDescendants } from "../../rehearsal/src/orphan-processes";

export const project = resolve(__dirname, "../..");

/** `npm run dev` in a copy of the project, in a process group as a shell makes it. */
export class LocalApi {
  readonly root = mkdtempSync(join(tmpdir(), "local-api-"));
  /** All that it printed so far. */
  printed = "";
  private readonly mark = randomUUID();
  private npm!: ChildProcess;

  constructor() {
    for (const name of ["lambda-src", "rehearsal", "tasks", "settings.ts"]) {
      cpSync(join(project, name), join(this.root, name), { recursive: true });
    }
    for (const name of ["node_modules", ".cache"]) symlinkSync(join(project, name), join(this.root, name));
    const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    // The packages are those of the checkout around it.
    const dev = scripts.dev!.replace("node tasks/setup.mjs dev && ", "");
    writeFileSync(join(this.root, "package.json"), JSON.stringify({ scripts: { dev } }));
    writeFileSync(join(this.root, ".env"), "hw_stack_bucket_name=acme\n");
  }

  /** Starts it; resolves when it says that the API is there. */
  async start(...args: string[]): Promise<void> {
    this.run(...args);
    await this.prints("The API is at");
  }

  /** Starts it and doesn't wait. */
  run(...args: string[]): void {
    this.printed = "";
    this.npm = spawn("npm", ["run", "--silent", "dev", "--", ...args], {
      cwd: this.root,
      env: { ...process.env, REHEARSAL_PROCESS: this.mark },
      detached: true,
    });
    for (const stream of [this.npm.stdout, this.npm.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.printed += text));
    }
  }

  /** What it tells another terminal to export. */
  get exported(): Record<string, string> {
    const pairs = this.printed
      .split("\n")
      .filter((line) => line.startsWith("  export "))
      .flatMap((line) => line.trim().split(" ").slice(1));
    return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
  }

  get url(): string {
    return this.exported.API_URL!;
  }

  async prints(text: string): Promise<void> {
    while (!this.printed.includes(text)) {
      if (this.npm.exitCode !== null) throw new Error(`It ended with ${this.npm.exitCode}:\n${this.printed}`);
      await pause(20);
    }
  }

  /** Saves a file of the copy with `before` replaced by `after`. */
  edit(path: string, before: string, after: string): void {
    const text = readFileSync(join(this.root, path), "utf8");
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    writeFileSync(join(this.root, path), text.replace(before, after));
  }

  /** What a terminal does: it tells everything in the foreground. */
  ctrlC(): void {
    process.kill(-this.npm.pid!, "SIGINT");
  }

  /** Resolves with the exit code when it has ended. */
  async ended(): Promise<number | null> {
    if (this.npm.exitCode === null && this.npm.signalCode === null) await once(this.npm, "exit");
    return this.npm.exitCode;
  }

  /** Processes of it that still run. */
  orphans() {
    return findDescendants(this.npm.pid!, this.mark);
  }

  remove(): void {
    for (const { pid } of this.orphans()) process.kill(pid, "SIGKILL");
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}
