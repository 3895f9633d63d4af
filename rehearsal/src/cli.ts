import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rootCredentials } from "./ministack/emulator";
import { WorkstationError } from "./workstation";
import { removeStaleSessions } from "./stale-sessions";
import { startPage, type Page } from "./dashboard/page";
import { endAll, killAll } from "./processes";
import { StepFailed, type Rehearsed } from "./rehearse";
import { Session } from "./session";
import { SessionFile } from "./session-file";
import { SessionLog } from "./session-log";
import { describe, type Part, type Summary } from "./summary";
import { rehearseInTerminal } from "./terminal";

const HELP = `npm run rehearse [-- OPTIONS]

Carries the commit that is checked out from push to production, all on this machine: real git,
Terraform, buildspecs and functions; only the endpoints of AWS and GitHub are local. The first line
it prints is the address of a page that shows the pipeline in a browser while it runs.

  --keep        stay up afterwards, until Ctrl-C, and write .rehearsal/session.json: with it the
                AWS CLI, git push and a browser can be used against the rehearsal
  --json FILE   write a summary as JSON
  --help        this text

Ends with 0 when production was seen running the commit, with 1 when something failed, with 2 when
the options are wrong, with 130 after Ctrl-C.`;

// Node.js 20 is good enough for the pinned SDK; that a later one will want more is no news for a rehearsal.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

// Everything a session writes, including credentials and logs, is readable by its owner only.
process.umask(0o077);

/** What a shell says of a command that Ctrl-C ended: 128 and the signal's number. */
const INTERRUPTED = 130;

/**
 * Milliseconds within which two signals are one press of Ctrl-C: the terminal sends it to npm and to
 * this process, and npm passes on its own.
 */
const SAME_PRESS = 500;

/** When Ctrl-C was pressed first: what fails from then on fails because of it. */
let interrupted: number | undefined;

let page: Page | undefined;

const root = join(__dirname, "../..");
const home = join(root, ".rehearsal");
const folder = join(home, `session-${process.pid}`);
const log = new SessionLog(folder);
const file = new SessionFile(home);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: "boolean" }, json: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const commit = git("rev-parse", "HEAD");
  page = await startPage(log);
  console.log(`Watch it in a browser: ${page.url}`);
  if (git("status", "--porcelain") !== "") {
    console.log("What is not committed is not part of the rehearsal: it pushes HEAD.");
  }
  removeStaleSessions(home, "session");
  // An existing folder may be readable by all users.
  chmodSync(home, 0o700);
  mkdirSync(folder, { recursive: true });
  const found = file.removeDead();
  if (found !== undefined) console.log(found);
  const began = Date.now();
  const parts: Part[] = [];
  const summary = (rest: Partial<Summary>): Summary => ({
    succeeded: false,
    commit,
    parts,
    seconds: (Date.now() - began) / 1000,
    ...rest,
  });
  let session: Session | undefined;
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (fail = reject));
  const start = async () => {
    session = await Session.start({ root, folder });
    session.broken.catch(fail);
    page?.show(session);
    return session;
  };
  try {
    const rehearsed = await Promise.race([rehearseInTerminal({ commit, parts, start }), broken]);
    const { execution, smokeTest, productionUrl } = rehearsed;
    const outcome = summary({ succeeded: true, execution, smokeTest, productionUrl });
    console.log(`\n${describe(outcome)}`);
    writeSummary(values.json, outcome);
    if (values.keep && session) await Promise.race([keep(session, rehearsed, page), broken]);
    await page.stop();
    await session?.stop();
    await session?.remove();
    return 0;
  } catch (error) {
    if (interrupted !== undefined) return INTERRUPTED;
    writeSummary(values.json, summary({ failure: explain(error) }));
    await page.stop();
    await session?.stop();
    return 1;
  }
}

/** Says what failed, the end of its log, and where the rest is. */
function explain(error: unknown): NonNullable<Summary["failure"]> {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`\n${message}`);
  if (!(error instanceof StepFailed || error instanceof WorkstationError) || !error.log) {
    console.error(`The logs are in ${home}.`);
    return { message };
  }
  console.error(`${error.lastLines}\n\nThe whole log: ${error.log}`);
  return { message, log: error.log };
}

/** Stays up until Ctrl-C, whose handler ends the process. */
async function keep(session: Session, { productionUrl, devUrl }: Rehearsed, page: Page): Promise<void> {
  const aws = session.aws.context;
  file.write({
    awsEndpoint: aws.endpoint,
    region: aws.region,
    ...rootCredentials(aws.account),
    account: aws.account,
    gitUrl: session.github.gitUrl,
    githubApi: session.github.api,
    githubToken: session.githubToken,
    pipeline: session.pipeline,
    productionUrl,
    devUrl,
    page: page.url,
  });
  console.log(
    `\nThe rehearsal stays up until Ctrl-C, and so does ${page.url}. All endpoints are in ${file.path}.`,
  );
  await new Promise(() => setInterval(() => undefined, 2 ** 30));
}

function writeSummary(file: string | undefined, summary: Summary): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(summary, undefined, 2)}\n`);
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    throw new Error(`${root} is not a git checkout with a commit: the rehearsal pushes its HEAD.`);
  }
}

/** Ctrl-C ends everything that was started; pressed again, without waiting. */
function onSignal(): void {
  if (interrupted === undefined) {
    interrupted = performance.now();
    console.error("\nEnding what was started…");
    log.watch("The end", Promise.allSettled([page?.stop(), endAll()]).finally(leave));
  } else if (performance.now() - interrupted > SAME_PRESS) {
    leave();
  }
}

/** Ends the process, and before it what still runs: the end of one thing may have let another begin. */
function leave(): never {
  killAll();
  file.removeOwn();
  try {
    // What has just ended may still have written something while the folder is removed.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } finally {
    process.exit(INTERRUPTED);
  }
}

/** An uncaught error must not terminate the session, which holds nothing that it could damage. */
function onUncaught(error: NodeJS.ErrnoException): void {
  // The process that read the output has exited.
  if (error.code === "EPIPE") return onSignal();
  log.error("Nothing has caught this", error);
  console.error(`Something failed in the rehearsal, which goes on; ${log.file} has the details.`);
}

process.on("uncaughtException", onUncaught);
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
main().then(
  // After Ctrl-C everything fails; the process ends when all of it has.
  (code) => interrupted !== undefined || process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS") ? 2 : 1);
  },
);
