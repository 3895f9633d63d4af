import { SNSClient } from "@aws-sdk/client-sns";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { SETTINGS } from "../../rehearsal/src/session";
import { findDescendants, type ProcessId } from "../../rehearsal/src/orphan-processes";
import type { Summary } from "../../rehearsal/src/summary";
import { Operator } from "./operator";
import { pullRequestSession, runDiff } from "./pull-request";
import { Subscriber } from "./subscriber";

const root = join(__dirname, "../..");
/** How to reach the rehearsal, while it stays up. */
export const sessionFile = join(root, ".rehearsal/session.json");

/** What `.rehearsal/session.json` says. */
export interface SessionDetails {
  awsEndpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  account: string;
  gitUrl: string;
  githubApi: string;
  githubToken: string;
  pipeline: string;
  productionUrl: string;
  devUrl: string;
  page: string;
}

/** `npm run rehearse -- --keep`, as a person runs it, and what that person does with it afterwards. */
export class Rehearsal {
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "behaviour-"));
  private readonly mark = randomUUID();
  private printed = "";
  details!: SessionDetails;

  constructor() {
    rmSync(sessionFile, { force: true });
    this.child = spawn("npm", ["run", "--silent", "rehearse", "--", "--keep", "--json", this.summaryFile], {
      cwd: root,
      env: { ...process.env, REHEARSAL_PROCESS: this.mark },
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.printed += text));
    }
  }

  private get summaryFile(): string {
    return join(this.folder, "summary.json");
  }

  /** Waits until the rehearsal has proved itself. @throws with all it printed when it ends instead */
  async ready(): Promise<Summary> {
    while (!existsSync(sessionFile)) {
      if (this.over) throw new Error(`The rehearsal ended with ${this.child.exitCode}:\n${this.printed}`);
      await pause(500);
    }
    this.details = JSON.parse(readFileSync(sessionFile, "utf8")) as SessionDetails;
    return JSON.parse(readFileSync(this.summaryFile, "utf8")) as Summary;
  }

  /** Ctrl-C, as a terminal sends it: to everything in the foreground. @returns how npm ended */
  async interrupt(): Promise<number | string | null> {
    if (!this.over) {
      process.kill(-this.child.pid!, "SIGINT");
      await once(this.child, "close");
    }
    rmSync(this.folder, { recursive: true, force: true });
    return this.child.signalCode ?? this.child.exitCode;
  }

  /** npm does not wait for what it ran. */
  async gone(): Promise<void> {
    for (let tries = 0; this.left().length > 0; tries++) {
      if (tries > 120) throw new Error(`Still there a minute after Ctrl-C: ${JSON.stringify(this.left())}`);
      await pause(500);
    }
  }

  /** What still runs of all that it started. */
  left(): ProcessId[] {
    return findDescendants(this.child.pid!, this.mark);
  }

  private get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  client() {
    const { awsEndpoint: endpoint, region, accessKeyId, secretAccessKey } = this.details;
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  }

  /** Who watches the pipeline and decides. */
  get operator(): Operator {
    return new Operator(this.client(), this.details.pipeline, this.details.page);
  }

  /** Clones the repository from GitHub, changes it, and pushes. @returns the commit */
  pushChange(subject: string, change: (clone: string) => void): string {
    const { clone, git } = this.clone();
    change(clone);
    git("add", "--all");
    git("commit", "--quiet", "--message", subject);
    git("push", "--quiet", "origin", "HEAD:main");
    return git("rev-parse", "HEAD").trim();
  }

  private clone() {
    const clone = mkdtempSync(join(this.folder, "clone-"));
    const settings = {
      "http.extraHeader": `Authorization: Bearer ${this.details.githubToken}`,
      "user.name": "A",
      "user.email": "a@example.com",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const git = (...args: string[]) =>
      execFileSync("git", [...options, ...args], {
        cwd: clone,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_NOSYSTEM: "1",
          GIT_TERMINAL_PROMPT: "0",
        },
      });
    git("clone", "--quiet", "--branch", "main", this.details.gitUrl, ".");
    return { clone, git };
  }

  /** `npm run diff` of a commit, in a session of the role that the state stack makes for pull requests. */
  async diff(commit: string): Promise<string> {
    const { clone } = this.clone();
    symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
    const environment = {
      ...process.env,
      ...SETTINGS,
      CODEBUILD_RESOLVED_SOURCE_VERSION: commit,
      GITHUB_BASE_URL: this.details.githubApi,
      AWS_ENDPOINT_URL: this.details.awsEndpoint,
      AWS_REGION: this.details.region,
    };
    const { account, githubApi: api, githubToken: token } = this.details;
    const session = await pullRequestSession(this.client(), account, { api, token });
    return runDiff(clone, environment, session);
  }

  async health(): Promise<{ commit: string; environment: string }> {
    const response = await fetch(`${this.details.productionUrl}/health`);
    return (await response.json()) as { commit: string; environment: string };
  }

  subscriber(topic: string): Promise<Subscriber> {
    return Subscriber.to(
      new SNSClient(this.client()),
      `arn:aws:sns:${this.details.region}:${this.details.account}:${topic}`,
    );
  }
}
