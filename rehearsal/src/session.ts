import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { startAws, type AwsServer } from "./aws/server";
import { rootCredentials, startEmulator, type Emulator } from "./ministack/emulator";
import { startGitHub, type GitHub } from "./github/server";
import { imageTools } from "./image-tools";
import { Workstation } from "./workstation";
import { endAll } from "./processes";
import { SavedSession, saveSession } from "./saved-session";
import { SessionLog } from "./session-log";
import { terraformEnvironment, terraformEnvironmentOfBuilds } from "./terraform-config";

/** An account number from AWS's examples, which belongs to no customer. */
const ACCOUNT = "111122223333";
const REGION = "eu-west-1";
const OWNER = "heavy-water";
const REPOSITORY = "pipeline";

/** The branch that the rehearsed pipeline follows. */
export const BRANCH = "main";

/** The settings of `.env`. */
export const SETTINGS = {
  hw_stack_name: "hw",
  hw_stack_bucket_name: "hw-rehearsal-documents",
  pipeline_bucket_name: "hw-rehearsal-artifacts",
  pipeline_githubOwner: OWNER,
  pipeline_githubRepo: REPOSITORY,
  pipeline_githubBranch: BRANCH,
};

export interface SessionOptions {
  /** The checkout whose HEAD is rehearsed, with its packages and `.cache` set up. */
  readonly root: string;
  /** The session's own folder. */
  readonly folder: string;
  /** Settings other than the rehearsal's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A folder with a saved session of the same checkout, which this session continues. */
  readonly saved?: string;
  /** Whether it can be saved. */
  readonly canBeSaved?: boolean;
}

/** Runs AWS and GitHub on this machine, and a workstation that uses them. */
export class Session {
  /** Rejects when the emulator ends unexpectedly; the rest of the session still has to be stopped. */
  readonly broken: Promise<never>;

  private constructor(
    readonly folder: string,
    readonly emulator: Emulator,
    readonly github: GitHub,
    readonly aws: AwsServer,
    readonly workstation: Workstation,
  ) {
    this.broken = emulator.lost.then((story) => {
      throw new Error(story);
    });
    // Awaiting it is optional.
    this.broken.catch(() => undefined);
  }

  /**
   * Starts everything on free ports of 127.0.0.1.
   * @throws when one of them does not start; the others are stopped
   */
  static async start({
    root,
    folder,
    settings = {},
    saved,
    canBeSaved = saved !== undefined,
  }: SessionOptions): Promise<Session> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const earlier = saved === undefined ? undefined : await SavedSession.copy(saved, folder);
    const log = new SessionLog(folder);
    const started: { stop(): Promise<void> }[] = [];
    try {
      const githubToken = earlier?.githubToken ?? newToken();
      // Sequentially: if one fails, none that is still starting is left running.
      const github = await startGitHub({
        folder: join(folder, "github"),
        owner: OWNER,
        repository: REPOSITORY,
        token: githubToken,
        log,
      });
      started.push(github);
      const emulator = await startEmulator({
        python: join(root, ".cache/venv/bin/python"),
        folder: join(folder, "emulator"),
        account: ACCOUNT,
        region: REGION,
        identityProviders: github.identityProviders,
        ...(canBeSaved && { stateFolder: folder }),
      });
      started.push(emulator);
      const terraform = terraformEnvironment(root);
      const tools = await imageTools(root, join(folder, "image"));
      const aws = await startAws({
        region: REGION,
        account: ACCOUNT,
        emulator: emulator.url,
        emulatorLog: emulator.logFile,
        root: rootCredentials(ACCOUNT),
        folder,
        machine: {
          ...process.env,
          ...terraformEnvironmentOfBuilds(root),
          PATH: [tools, process.env.PATH].join(delimiter),
          GITHUB_BASE_URL: github.api,
        },
        github: {
          gitUrl: (owner, repository) => `${github.url}/${owner}/${repository}.git`,
          appToken: githubToken,
          installApp: (app) => github.installApp(app),
        },
      });
      started.push(aws);
      await emulator.addFunctionVariables({
        AWS_ENDPOINT_URL_CODEPIPELINE: aws.context.endpoint,
        GITHUB_BASE_URL: github.api,
      });
      const { accessKeyId, secretAccessKey } = rootCredentials(ACCOUNT);
      await earlier?.restore({ github, emulator, aws });
      const workstationOptions = {
        root,
        folder,
        gitUrl: github.gitUrl,
        githubToken,
        environment: {
          ...terraform,
          ...SETTINGS,
          ...settings,
          AWS_ENDPOINT_URL: aws.context.endpoint,
          AWS_REGION: REGION,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          GITHUB_BASE_URL: github.api,
        },
      };
      const workstation = earlier
        ? await Workstation.reopen(workstationOptions)
        : await Workstation.open(workstationOptions);
      return new Session(folder, emulator, github, aws, workstation);
    } catch (error) {
      await Promise.allSettled(started.map((part) => part.stop()));
      throw error;
    }
  }

  /** Returns the token that GitHub accepts. */
  get githubToken(): string {
    return this.workstation.githubToken;
  }

  /** Replaces the token; GitHub refuses the previous one from now on. */
  renewGithubToken(): void {
    this.workstation.githubToken = newToken();
    this.github.renewToken(this.workstation.githubToken);
  }

  /** Returns the name of the deployed pipeline. */
  get pipeline(): string {
    return `${SETTINGS.hw_stack_name}-pipeline`;
  }

  /** Returns what `npm run status` prints on the workstation. */
  status(): Promise<string> {
    return this.workstation.status();
  }

  /** Accepts pending connections, as the operator does in the console after bootstrap. */
  async acceptConnections(): Promise<void> {
    const { context, connections } = this.aws;
    for (const { ConnectionArn, ConnectionStatus } of connections.all()) {
      if (ConnectionStatus !== "PENDING") continue;
      const answer = await fetch(`${context.endpoint}/_rehearsal/connections/accept`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ConnectionArn }),
      });
      if (!answer.ok) throw new Error(`${ConnectionArn} could not be accepted: ${await answer.text()}`);
    }
  }

  /**
   * Saves everything to a new folder, readable by its owner only because it contains tokens and secrets.
   * @throws while something is in progress
   */
  async save(to: string): Promise<void> {
    const { github, emulator, aws, folder, githubToken } = this;
    await saveSession({ github, emulator, aws }, { folder, githubToken, to });
  }

  /** Stops everything, including builds and functions. */
  async stop(): Promise<void> {
    // AWS first: builds that still run would call an emulator that has stopped.
    await this.aws.stop();
    await Promise.allSettled([this.github.stop(), this.emulator.stop()]);
    await endAll();
  }

  /** Removes the session's folder, including logs. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function newToken(): string {
  return `ghp_${randomBytes(18).toString("hex")}`;
}
