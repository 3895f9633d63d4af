import type { ChildProcess } from "node:child_process";
import { mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Credentials } from "../aws/aws-context";
import { end, start } from "../processes";
import { inherited } from "./inherited";

/** Milliseconds to start: usually one or two seconds, more on a busy machine. */
const START_DEADLINE = 60_000;

/** A decision of IAM on a role or user, with its count. */
export interface Decision {
  /** The ARN of a role, also for what its sessions did, or of a user. */
  readonly principal: string;
  readonly action: string;
  /** The ARN it was checked on, or `*`. */
  readonly resource: string;
  readonly allowed: boolean;
  readonly count: number;
}

/** Ports to try: another process can take a free port before the emulator listens on it. */
const ATTEMPTS = 3;

export interface Emulator {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly process: ChildProcess;
  /** The path of its log. */
  readonly logFile: string;
  /** What IAM has decided so far, for CodePipeline and CodeBuild too. Root is not decided on. */
  decisions(): Promise<Decision[]>;
  /** Gives functions that start from now on these variables, such as the endpoints of services beside the emulator. */
  addFunctionVariables(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Saves its state to a file in `stateFolder`, readable by its owner only. */
  save(): Promise<void>;
  /** Replaces its state with that file. */
  restore(): Promise<void>;
  /** Resolves with a description and the end of its log when the emulator ends unexpectedly. */
  readonly lost: Promise<string>;
  /** Stops the emulator and its Lambda processes. Its state is lost. */
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  /** The Python of the emulator's environment: `.cache/venv/bin/python`, made by `tasks/setup.mjs rehearsal`. */
  readonly python: string;
  /** A folder for its log (`emulator.log`), unpacked functions and temporary files. */
  readonly folder: string;
  /** The twelve digits of the account that requests belong to unless their credentials say otherwise. */
  readonly account: string;
  readonly region: string;
  /**
   * Where the keys of identity providers are published on this machine, by the host of their issuer: STS believes
   * the tokens of these only.
   */
  readonly identityProviders?: Readonly<Record<string, string>>;
  /** The port to listen on; default: a free one. */
  readonly port?: number;
  /** Workarounds to omit (see launcher.py), for tests that show that a gap still exists. */
  readonly without?: readonly string[];
  /** The folder of its saved state. Without it, it neither saves nor restores. */
  readonly stateFolder?: string;
}

/** Random for each process, so that no page and no other user of this machine can guess it. */
const ROOT_SECRET = randomBytes(30).toString("base64url");

/**
 * Returns the root credentials of an account: the emulator uses the account number as the access key. A restored session
 * has this process's secret, not the saved one.
 */
export function rootCredentials(account: string): Credentials {
  return { accessKeyId: account, secretAccessKey: ROOT_SECRET };
}

/**
 * Starts the AWS emulator on 127.0.0.1 and waits until it answers. If another process takes the free port first, it
 * tries others, unless a port is given.
 * @throws Error with the last lines of its log when it ends early or does not answer within a minute
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return await startAt(port, options);
    } catch (error) {
      const isTaken = (error as Error).message.includes(`127.0.0.1:${port} is already in use`);
      if (!isTaken || options.port !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startAt(port: number, options: EmulatorOptions): Promise<Emulator> {
  const url = `http://127.0.0.1:${port}`;
  const log = join(options.folder, "emulator.log");
  const temporary = join(options.folder, "tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const output = openSync(log, "a", 0o600);
  const child = start(options.python, [join(__dirname, "launcher.py")], {
    env: environment(options, port, temporary),
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const ended = new Promise<string>((done) => {
    child.once("error", (error) =>
      done(`could not be started (${error.message}); run: node tasks/setup.mjs rehearsal`),
    );
    child.once("exit", (code, signal) => done(`ended (${signal ?? `exit code ${code}`})`));
  });
  const giveUp = new AbortController();
  const failed = ended.then((how) => `${how} before it answered`);
  const problem = await Promise.race([failed, answers(url, log, giveUp.signal)]);
  giveUp.abort();
  const story = (what: string) => `The AWS emulator ${what}. The end of ${log}:\n${lastLines(log)}`;
  if (problem !== undefined) {
    await end(child);
    throw new Error(story(problem));
  }
  let isStopped = false;
  const lost = new Promise<string>((tell, fail) => {
    ended.then((how) => isStopped || tell(story(how))).catch(fail);
  });
  const stop = () => {
    isStopped = true;
    return end(child);
  };
  return {
    url,
    process: child,
    logFile: log,
    decisions: () => decisions(url),
    addFunctionVariables: (variables) => addFunctionVariables(url, variables),
    save: () => keep(url, "PUT"),
    restore: () => keep(url, "POST"),
    lost,
    stop,
  };
}

/** Saves to the file in the folder for states, or restores from it. @throws with what can't be saved or restored */
async function keep(url: string, method: "PUT" | "POST"): Promise<void> {
  const response = await fetch(`${url}/_rehearsal/state`, {
    method,
    headers: { Authorization: `Bearer ${ROOT_SECRET}` },
  });
  const { error } = (await response.json()) as { error?: string };
  if (!error) return;
  throw new Error(`The AWS emulator could not ${method === "PUT" ? "save" : "restore"} its state: ${error}`);
}

/** @throws when the emulator has ended */
async function addFunctionVariables(url: string, variables: Readonly<Record<string, string>>): Promise<void> {
  await fetch(`${url}/_rehearsal/function-variables`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${ROOT_SECRET}` },
    body: JSON.stringify(variables),
  });
}

/** @throws when the emulator has ended */
async function decisions(url: string): Promise<Decision[]> {
  const response = await fetch(`${url}/_rehearsal/decisions`, {
    headers: { Authorization: `Bearer ${ROOT_SECRET}` },
  });
  return (await response.json()) as Decision[];
}

/** Returns the emulator's environment, which its functions inherit: it must contain nothing of the user's AWS account. */
function environment(options: EmulatorOptions, port: number, temporary: string): NodeJS.ProcessEnv {
  const root = rootCredentials(options.account);
  return {
    ...inherited(process.env),
    HOME: temporary,
    GATEWAY_PORT: `${port}`,
    BIND_HOST: "127.0.0.1",
    // Both listen on ports of their own, on every interface.
    IOT_MTLS_ENABLED: "0",
    SFTP_ENABLED: "0",
    AUTH: "true",
    MINISTACK_ACCOUNT_ID: options.account,
    MINISTACK_REGION: options.region,
    AWS_DEFAULT_REGION: options.region,
    AWS_ACCESS_KEY_ID: root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    TMPDIR: temporary,
    PYTHONUNBUFFERED: "1",
    // ministack's bytecode is compiled once by pip; the launcher's own would litter the sources.
    PYTHONDONTWRITEBYTECODE: "1",
    HW_IDENTITY_PROVIDERS: JSON.stringify(options.identityProviders ?? {}),
    HW_LAUNCHER_WITHOUT: options.without?.join(",") ?? "",
    HW_LAUNCHER_STATE_FOLDER: options.stateFolder ?? "",
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once("error", fail).listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/**
 * Resolves with undefined when the emulator is healthy, or with the problem after the deadline. Its log must say that it
 * listens, because another process could answer at the port.
 */
async function answers(url: string, log: string, giveUp: AbortSignal): Promise<string | undefined> {
  // Not the time of day, which can be changed meanwhile.
  const deadline = performance.now() + START_DEADLINE;
  while (performance.now() < deadline && !giveUp.aborted) {
    try {
      const response = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok && readFileSync(log, "utf8").includes(`Running on ${url}`)) return undefined;
    } catch {
      // Not listening yet.
    }
    await pause(100);
  }
  return `did not answer within ${START_DEADLINE / 1000} s`;
}

function lastLines(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-20).join("\n");
}
