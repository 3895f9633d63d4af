import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The bytes of git's output, mainly the commit's message. */
const OUTPUT_LIMIT = 1024 * 1024;

/** Milliseconds for one git command. CodePipeline's limit for a source action is an hour; local git takes seconds. */
const TIMEOUT = 10 * 60_000;

export interface Commit {
  readonly id: string;
  readonly message: string;
  /** ISO 8601. */
  readonly authorDate: string;
  readonly committerDate: string;
}

/** A commit could not be fetched. The message is the last line of git's output. */
export class FetchFailed extends Error {
  constructor(
    readonly reason: "access" | "missing" | "other",
    message: string,
  ) {
    super(message);
  }
}

/**
 * Fetches one commit into a new bare repository in a folder.
 * @param ref a full ref such as `refs/heads/main`, or the 40 digits of a commit
 * @param token the password of the remote, passed in the environment, which other users cannot read
 * @throws FetchFailed
 */
export async function fetchCommit(
  folder: string,
  url: string,
  ref: string,
  token: string,
  signal: AbortSignal,
): Promise<Commit> {
  const git = (...args: string[]) =>
    run("git", ["--git-dir", folder, ...args], {
      env: environment(token),
      maxBuffer: OUTPUT_LIMIT,
      timeout: TIMEOUT,
      signal,
    });
  await git("init", "--quiet", "--bare");
  try {
    await git("fetch", "--quiet", "--depth=1", "--no-tags", "--end-of-options", url, ref);
  } catch (error) {
    throw fetchFailed(error);
  }
  const { stdout } = await git("log", "-1", "--format=%H%n%aI%n%cI%n%B", "FETCH_HEAD");
  const [id = "", authorDate = "", committerDate = "", ...message] = stdout.split("\n");
  return { id, authorDate, committerDate, message: message.join("\n").trim() };
}

/** Writes the files of a commit into a zip. */
export async function archive(
  folder: string,
  commit: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const args = ["--git-dir", folder, "archive", "--format=zip", `--output=${file}`, commit];
  await run("git", args, { env: environment(), timeout: TIMEOUT, signal });
}

/** Returns an environment for git without the user's settings and credentials. */
function environment(token?: string): NodeJS.ProcessEnv {
  const base: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    LC_ALL: "C",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
  if (token === undefined) return base;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    ...base,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

function fetchFailed(error: unknown): FetchFailed {
  const { stderr = "", message } = error as { stderr?: string; message: string };
  const lastLine = stderr.trim().split("\n").at(-1) || message;
  if (/couldn't find remote ref|not our ref/i.test(stderr)) return new FetchFailed("missing", lastLine);
  // Without a terminal, git fails when it would prompt for a password.
  const isAccess = /authentication failed|could not read (username|password)|error: 40[134]|not found/i.test(
    stderr,
  );
  return new FetchFailed(isAccess ? "access" : "other", lastLine);
}
