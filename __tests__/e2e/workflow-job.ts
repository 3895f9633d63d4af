import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parse } from "yaml";
import { run } from "./command";
import { requestToken, assumeDiffRole, tokenVariables, type GitHubAccess, type Run } from "./pull-request";

const root = join(__dirname, "../..");

interface Step {
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly "continue-on-error"?: boolean;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** A job to run, and its environment. */
export interface JobRun {
  /** A clone with the commit. */
  readonly clone: string;
  /** The commit with the workflow's file, which is checked out in the workspace. */
  readonly commit: string;
  readonly workflow: string;
  readonly job: string;
  /** The claims of GitHub's identity tokens. */
  readonly run: Run;
  /** The contexts for expressions: `github`, `vars`. */
  readonly contexts: Readonly<Record<string, unknown>>;
  /** The environment of a runner: where AWS and GitHub are. */
  readonly environment: NodeJS.ProcessEnv;
  readonly github: GitHubAccess;
  readonly aws: { readonly endpoint: string; readonly region: string; readonly account: string };
  /** The folder of the artifacts of the runs. */
  readonly artifacts: string;
}

/** The conclusion of a job, and its log. */
export interface JobResult {
  readonly conclusion: "success" | "failure" | "skipped";
  readonly log: string;
}

/**
 * Runs a job of a workflow on this machine, as a runner of GitHub Actions does: its condition, its permissions, its
 * variables and its steps. It has its own implementation of the actions that the workflows use. Packages are those
 * that are installed here.
 */
export async function runJob(options: JobRun): Promise<JobResult> {
  const temp = mkdtempSync(join(tmpdir(), "runner-"));
  try {
    return await new Runner(options, temp).run();
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

class Runner {
  private readonly workspace: string;
  private readonly contexts: Readonly<Record<string, unknown>> & { readonly github: { token?: string } };
  private environment: NodeJS.ProcessEnv;
  private log = "";

  constructor(
    private readonly options: JobRun,
    private readonly temp: string,
  ) {
    this.workspace = join(temp, "workspace");
    const { github, ...others } = options.contexts;
    this.contexts = { ...others, runner: { temp }, github: { ...(github as object) } };
    this.environment = {
      ...options.environment,
      HOME: temp,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: join(temp, "out"),
    };
  }

  async run(): Promise<JobResult> {
    const { clone, commit, workflow, job: name, github } = this.options;
    const file = execFileSync("git", ["show", `${commit}:.github/workflows/${workflow}`], {
      cwd: clone,
      encoding: "utf8",
    });
    const job = (parse(file) as { jobs: Record<string, Job> }).jobs[name]!;
    if (job.if !== undefined && !this.holds(job.if)) return { conclusion: "skipped", log: "" };
    for (const [variable, value] of Object.entries(job.env ?? {}))
      this.environment[variable] = this.expand(value);
    // Only a step that asks for it by its name gets the job's token.
    const { GITHUB_TOKEN, ...variables } = await tokenVariables(github, {
      ...this.options.run,
      permissions: job.permissions ?? {},
    });
    this.contexts.github.token = GITHUB_TOKEN;
    Object.assign(this.environment, variables);
    let conclusion: JobResult["conclusion"] = "success";
    for (const step of job.steps) {
      if (conclusion === "failure" && step.if !== "!cancelled()") continue;
      try {
        await this.step(step);
      } catch (error) {
        this.log += `\n${(error as Error).message}`;
        if (step["continue-on-error"] !== true) conclusion = "failure";
      }
    }
    return { conclusion, log: this.log };
  }

  private async step({ uses, run: script, with: given = {}, env = {} }: Step): Promise<void> {
    if (script !== undefined) {
      const variables = Object.entries(env).map(([name, value]) => [name, this.expand(value)]);
      return this.command(script, Object.fromEntries(variables) as NodeJS.ProcessEnv);
    }
    const action = uses?.split("@")[0] ?? "";
    const input = (key: string) => this.expand(given[key] ?? "");
    switch (action) {
      case "actions/checkout":
        return this.checkOut();
      case "actions/setup-node":
      case "hashicorp/setup-terraform":
        return;
      case "actions/upload-artifact":
        return this.upload(resolve(this.workspace, input("path")), input("name"));
      case "actions/download-artifact":
        return cpSync(join(this.options.artifacts, input("name")), input("path"), {
          recursive: true,
          verbatimSymlinks: true,
        });
      case "aws-actions/configure-aws-credentials":
        return this.configureCredentials();
      default:
        throw new Error(`The action ${action} is not emulated.`);
    }
  }

  /** A folder is uploaded with what is in it; a file is alone in its artifact. */
  private upload(path: string, name: string): void {
    const artifact = join(this.options.artifacts, name);
    const target = statSync(path).isDirectory() ? artifact : join(artifact, basename(path));
    cpSync(path, target, { recursive: true, verbatimSymlinks: true });
  }

  private checkOut(): void {
    const { clone, commit } = this.options;
    execFileSync("git", ["clone", "--quiet", "--no-checkout", clone, this.workspace]);
    execFileSync("git", ["checkout", "--quiet", commit], { cwd: this.workspace });
  }

  private async configureCredentials(): Promise<void> {
    const { endpoint, region, account } = this.options.aws;
    const token = await requestToken(this.environment);
    const session = await assumeDiffRole(endpoint, region, account, token);
    Object.assign(this.environment, {
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken,
      AWS_REGION: region,
    });
  }

  private async command(script: string, env: NodeJS.ProcessEnv): Promise<void> {
    if (script === "npm ci")
      return symlinkSync(join(root, "node_modules"), join(this.workspace, "node_modules"));
    if (/\$\{\{/.test(script)) throw new Error(`A script contains an expression: ${script}`);
    const { code, output } = await run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: this.workspace,
      env: { ...this.environment, ...env },
    });
    this.log += output;
    if (code !== 0) throw new Error(`The step exited with ${code}: ${script}`);
  }

  /** Replaces the expressions in a text by their values. The workflows only use names. */
  private expand(value: string): string {
    return value.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => this.value(name) ?? "");
  }

  /** Evaluates a condition that compares names and strings. No run here is cancelled. */
  private holds(condition: string): boolean {
    return condition.split("&&").every((comparison) => {
      if (comparison.trim() === "!cancelled()") return true;
      const isEqual = comparison.includes("==");
      const [left, right] = comparison.split(/[!=]=/).map((side) => {
        const [, literal] = /^'(.*)'$/.exec(side.trim()) ?? [];
        return literal ?? this.value(side.trim());
      });
      return isEqual ? left !== undefined && left === right : left !== right;
    });
  }

  private value(name: string): string | undefined {
    const found = name
      .split(".")
      .reduce<unknown>((of, key) => (of as Record<string, unknown> | undefined)?.[key], this.contexts);
    return found as string | undefined;
  }
}
