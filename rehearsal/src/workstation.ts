import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify, stripVTControlCharacters } from "node:util";
import { start } from "./processes";

const run = promisify(execFile);

export interface WorkstationOptions {
  /** The checkout whose HEAD is rehearsed. */
  readonly root: string;
  /** An existing folder for the clone and the log. */
  readonly folder: string;
  /** The variables of `.env` and the shell: settings, credentials, endpoints. */
  readonly environment: Readonly<Record<string, string>>;
  readonly gitUrl: string;
  readonly githubToken: string;
}

/** A command on the workstation failed; `log` is the file with its output. */
export class WorkstationError extends Error {
  constructor(
    message: string,
    readonly log: string,
    readonly lastLines: string,
  ) {
    super(message);
  }
}

/** Variables of the user: account, repository, settings, git (a git hook sets GIT_DIR). */
const PERSONAL =
  /^(AWS_|GITHUB_|GH_|GIT_|CODEBUILD_|TF_VAR_|hw_|pipeline_|codebuild_|service_|github(Access|Admin)Token$)/;

/**
 * The operator's workstation: a clone of the repository's HEAD in which the same commands run as on a real one, so that
 * the rehearsal does not change the checkout.
 */
export class Workstation {
  /** The token for GitHub, which bootstrap gets. */
  githubToken: string;

  private constructor(
    private readonly options: WorkstationOptions,
    readonly clone: string,
  ) {
    this.githubToken = options.githubToken;
  }

  /** Clones the repository and links its installed packages. */
  static async open(options: WorkstationOptions): Promise<Workstation> {
    const clone = join(options.folder, "workstation");
    await run("git", ["clone", "--quiet", options.root, clone]);
    await symlink(join(options.root, "node_modules"), join(clone, "node_modules"));
    return Workstation.reopen(options);
  }

  /** Continues with the clone of an earlier session in the folder. */
  static async reopen(options: WorkstationOptions): Promise<Workstation> {
    const workstation = new Workstation(options, join(options.folder, "workstation"));
    await workstation.git("remote", "set-url", "origin", options.gitUrl);
    return workstation;
  }

  /** Returns the checked-out commit. */
  async head(): Promise<string> {
    return (await this.git("rev-parse", "HEAD")).trim();
  }

  /** Runs git in the clone. @returns what it printed */
  async git(...args: string[]): Promise<string> {
    const { stdout } = await run("git", args, { cwd: this.clone, env: this.environment() });
    return stdout;
  }

  /** Pushes HEAD to a branch on GitHub. */
  async push(branch: string): Promise<void> {
    await this.git("push", "--quiet", this.options.gitUrl, `HEAD:refs/heads/${branch}`);
  }

  /** Runs `npm run bootstrap`. @throws WorkstationError with the last lines of its output */
  async bootstrap(): Promise<void> {
    const log = join(this.options.folder, "bootstrap.log");
    const output = createWriteStream(log, { flags: "a" });
    const child = start("npm", ["run", "bootstrap"], {
      cwd: this.clone,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout?.pipe(output, { end: false });
    child.stderr?.pipe(output, { end: false });
    const outcome = await new Promise<string | number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(signal ?? code));
    });
    await new Promise<void>((done) => output.end(done));
    if (outcome !== 0) {
      throw new WorkstationError(`npm run bootstrap ended with ${outcome}`, log, await lastLines(log));
    }
  }

  /** Returns what `npm run status` prints, whether or not it could read everything. @throws Error without any output */
  async status(): Promise<string> {
    const child = start("npm", ["run", "--silent", "status"], {
      cwd: this.clone,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [output, errors] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, "close"),
    ]);
    if (output.trim() === "") throw new Error(`npm run status: ${errors.trim() || "it printed nothing"}`);
    return stripVTControlCharacters(output.trimEnd());
  }

  /** Returns the environment of its commands. */
  environment(): NodeJS.ProcessEnv {
    const machine = Object.entries(process.env).filter(([name]) => !PERSONAL.test(name));
    const credentials = Buffer.from(`x-access-token:${this.githubToken}`).toString("base64");
    return {
      ...Object.fromEntries(machine),
      // The user's AWS profiles and git settings are not used.
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      // In the environment, because arguments are visible in process lists.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.extraHeader",
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
      ...this.options.environment,
      githubAccessToken: this.githubToken,
    };
  }
}

/** Returns the last lines of a log without escape sequences. */
export async function lastLines(file: string, count = 25): Promise<string> {
  const log = await readFile(file, "utf8");
  return stripVTControlCharacters(log)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n");
}
