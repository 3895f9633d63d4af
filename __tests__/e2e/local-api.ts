import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NpmProcess } from "./npm-process";

export const project = resolve(__dirname, "../..");

/**
 * Copies folders and files of the project, with one npm script. Packages are those of the checkout.
 *
 * @param scripts replaces other scripts
 */
export function copyProject(
  folder: string,
  names: readonly string[],
  script: string,
  scripts: Readonly<Record<string, string>> = {},
): void {
  for (const name of names) cpSync(join(project, name), join(folder, name), { recursive: true });
  for (const name of ["node_modules", ".cache"]) symlinkSync(join(project, name), join(folder, name));
  const original = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const command = original.scripts[script]!.replace(/^node tasks\/setup\.mjs \w+ && /, "");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { [script]: command, ...scripts } }));
}

/** `npm run dev` in a copy of the project. */
export class LocalApi {
  readonly root = mkdtempSync(join(tmpdir(), "local-api-"));
  npm!: NpmProcess;

  /** @param settings further lines of `.env` */
  constructor(settings: readonly string[] = []) {
    const files = ["lambda-src", "rehearsal", "stacks", "tasks", "settings.ts", "setting-values.ts"];
    copyProject(this.root, files, "dev");
    writeFileSync(join(this.root, ".env"), ["hw_stack_bucket_name=acme", ...settings, ""].join("\n"));
  }

  /** Starts it, and waits until it accepts requests. */
  async start(...args: string[]): Promise<void> {
    await this.run(...args).prints("The API is at");
  }

  /** Starts it without waiting. */
  run(...args: string[]): NpmProcess {
    this.npm = new NpmProcess(this.root, "dev", args);
    return this.npm;
  }

  /** The variables that it prints for other terminals. */
  get exported(): Record<string, string> {
    const pairs = this.npm.printed
      .split("\n")
      .filter((line) => line.startsWith("  export "))
      .flatMap((line) => line.trim().split(" ").slice(1));
    return Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
  }

  get url(): string {
    return this.exported.API_URL!;
  }

  /** Replaces a text in a file of the copy. */
  edit(path: string, before: string, after: string): void {
    const text = readFileSync(join(this.root, path), "utf8");
    if (!text.includes(before)) throw new Error(`${path} does not contain ${before}`);
    writeFileSync(join(this.root, path), text.replace(before, after));
  }

  remove(): void {
    this.npm.kill();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}
