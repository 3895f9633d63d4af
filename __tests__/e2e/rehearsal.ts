import { SNSClient } from "@aws-sdk/client-sns";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "../../rehearsal/src/session";
import type { Summary } from "../../rehearsal/src/summary";
import { NpmProcess } from "./npm-process";
import { Operator } from "./operator";
import { pullRequestSession, runDiff } from "./pull-request";
import { Subscriber } from "./subscriber";

const root = join(__dirname, "../..");
/** The endpoints of the rehearsal, while it stays up. */
export const sessionFile = join(root, ".rehearsal/session.json");

/** Seconds that a rehearsal takes at most on a busy machine. */
const REHEARSAL_SECONDS = 18 * 60;

/** The content of `.rehearsal/session.json`. */
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

/** `npm run rehearse -- --keep`, and what the operator does with it. */
export class Rehearsal {
  readonly npm: NpmProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "e2e-"));
  details!: SessionDetails;

  constructor() {
    rmSync(sessionFile, { force: true });
    this.npm = new NpmProcess(root, "rehearse", ["--keep", "--json", this.summaryFile]);
  }

  private get summaryFile(): string {
    return join(this.folder, "summary.json");
  }

  /** Waits until the rehearsal has succeeded. @throws an error with everything it printed when it exits instead */
  async ready(): Promise<Summary> {
    const isReady = () => existsSync(sessionFile);
    await this.npm.whileRunning("the rehearsal succeeds", isReady, REHEARSAL_SECONDS);
    this.details = JSON.parse(readFileSync(sessionFile, "utf8")) as SessionDetails;
    return JSON.parse(readFileSync(this.summaryFile, "utf8")) as Summary;
  }

  /** Stops the rehearsal with Ctrl-C. */
  async stop(): Promise<void> {
    this.npm.ctrlC();
    await this.npm.exit();
    await this.npm.descendantsExit();
    rmSync(this.folder, { recursive: true, force: true });
  }

  client() {
    const { awsEndpoint: endpoint, region, accessKeyId, secretAccessKey } = this.details;
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  }

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

  /** Runs `npm run diff` of a commit with the role for pull requests. */
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
