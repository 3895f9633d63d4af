import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rootCredentials } from "./ministack/emulator";
import { WorkstationError } from "./workstation";
import { removeStaleSessions } from "./stale-sessions";
import { startPage, type Page } from "./dashboard/page";
import { endAll } from "./processes";
import { StepFailed, type Rehearsed } from "./rehearse";
import { Session } from "./session";
import { SessionFile } from "./session-file";
import { SessionLog } from "./session-log";
import { INTERRUPTED, Shutdown } from "./shutdown";
import { describe, type Part, type Summary } from "./summary";
import { rehearseInTerminal } from "./terminal";

const HELP = `npm run rehearse [-- OPTIONS]

Takes the checked-out commit from push to production on this machine, with real git, Terraform,
buildspecs and functions; only the endpoints of AWS and GitHub are local. The first line is the
address of a page that shows the pipeline in a browser.

  --keep        keep everything running until Ctrl-C, with all endpoints in .rehearsal/session.json
                for the AWS CLI, git push and a browser
  --json FILE   write a summary as JSON
  --help        print this text

With the variable service_auth=iam, the API accepts only signed requests. Other settings of the
shell are ignored.

Exits with 0 if production runs the commit, with 1 after a failure, with 2 for invalid options, and
with 130 after Ctrl-C.`;

// The pinned SDK supports Node.js 20; its announcement that later versions will not is no use here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

// Files, including credentials and logs, are readable by their owner only.
process.umask(0o077);

let page: Page | undefined;

const root = join(__dirname, "../..");
const home = join(root, ".rehearsal");
const folder = join(home, `session-${process.pid}`);
const log = new SessionLog(folder);
const file = new SessionFile(home);
const shutdown = new Shutdown({
  log,
  folder,
  stop: () => Promise.allSettled([page?.stop(), endAll()]),
  cleanUp: () => file.removeOwn(),
});

/** The settings that the user can choose: whether the API is open. */
function chosenSettings({ service_auth }: NodeJS.ProcessEnv): Record<string, string> {
  return service_auth === undefined ? {} : { service_auth };
}

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
    console.log("Uncommitted changes are not part of the rehearsal: it pushes HEAD.");
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
    session = await Session.start({ root, folder, settings: chosenSettings(process.env) });
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
    if (shutdown.requested) return INTERRUPTED;
    writeSummary(values.json, summary({ failure: explain(error) }));
    await page.stop();
    await session?.stop();
    return 1;
  }
}

/** Prints what failed, the end of its log, and the path of the full log. */
function explain(error: unknown): NonNullable<Summary["failure"]> {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`\n${message}`);
  if (!(error instanceof StepFailed || error instanceof WorkstationError) || !error.log) {
    console.error(`Logs: ${home}`);
    return { message };
  }
  console.error(`${error.lastLines}\n\nFull log: ${error.log}`);
  return { message, log: error.log };
}

/** Keeps the session running until Ctrl-C, whose handler exits. */
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
    `\nThe rehearsal and ${page.url} keep running until Ctrl-C. All endpoints are in ${file.path}.`,
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
    throw new Error(`${root} is not a git checkout with a commit; the rehearsal pushes its HEAD.`);
  }
}

shutdown.listen();
main().then(
  // After Ctrl-C the shutdown exits.
  (code) => shutdown.requested || process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS") ? 2 : 1);
  },
);
