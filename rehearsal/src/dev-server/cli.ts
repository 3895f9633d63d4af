import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeStaleSessions } from "../stale-sessions";
import { endAll, killAll } from "../processes";
import { SessionLog } from "../session-log";
import { loadEnvFile, settingsSchema } from "../../../settings";
import { startService } from "./service";

const HELP = `npm run dev [-- OPTIONS]

Runs the API on this machine, with a bucket and its events, without an AWS account. What is saved in
lambda-src/ answers the next request. .env is read.

  --port PORT   where it listens on 127.0.0.1; 3000 unless it is given, 0 for a free one
  --help        this text

It runs until Ctrl-C, and ends with 130 then, with 1 when it cannot start, with 2 when the options
are wrong.`;

// Node.js 20 is good enough for the pinned SDK; that a later one will want more is no news here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

// Everything it writes, including credentials and logs, is readable by its owner only.
process.umask(0o077);

/** What a shell says of a command that Ctrl-C ended: 128 and the signal's number. */
const INTERRUPTED = 130;

/** Milliseconds within which two signals are one press of Ctrl-C: npm passes on what the terminal has told already. */
const SAME_PRESS = 500;

const root = join(__dirname, "../../..");
const home = join(root, ".rehearsal");
const folder = join(home, `dev-${process.pid}`);
const log = new SessionLog(folder);
let interrupted: number | undefined;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  loadEnvFile();
  const bucket = `${setting("hw_stack_bucket_name") ?? "heavy-water"}-dev`;
  const corsOrigins = setting("service_cors_origins")?.split(",") ?? [];
  const region = process.env.AWS_REGION || "eu-west-1";
  const port = readPort(values.port);
  removeStaleSessions(home, "dev");
  // An existing folder may be readable by all users.
  chmodSync(home, 0o700);
  const { url, account, lost } = await startService({ root, folder, port, bucket, region, corsOrigins });
  const { accessKeyId, secretAccessKey } = account.credentials;
  console.log(`The API is at ${url}, its description at ${url}/openapi.json. Ctrl-C ends it.
For the AWS CLI and the integration tests in another terminal:
  export API_URL=${url} BUCKET=${bucket}
  export AWS_ENDPOINT_URL=${account.endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  throw new Error(await lost);
}

function readPort(text = "3000"): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw Object.assign(new Error(`--port takes a number below 65536, not ${JSON.stringify(text)}.`), {
    code: "ERR_PARSE_ARGS_PORT",
  });
}

/** A setting of which nothing else is needed here: the others may be missing. */
function setting(name: "hw_stack_bucket_name" | "service_cors_origins"): string | undefined {
  const value = process.env[name] || undefined;
  const { success } = settingsSchema.shape[name].optional().safeParse(value);
  if (success) return value;
  throw new Error(`${name} is ${JSON.stringify(value)}. It takes ${settingsSchema.shape[name].description}.`);
}

function onSignal(): void {
  if (interrupted === undefined) {
    interrupted = performance.now();
    console.error("\nEnding what was started…");
    log.watch(
      "The end",
      endAll().finally(() => leave(INTERRUPTED)),
    );
  } else if (performance.now() - interrupted > SAME_PRESS) {
    leave(INTERRUPTED);
  }
}

/** Ends the process, and before it what still runs. */
function leave(code: number): never {
  killAll();
  try {
    // What has just ended may still have written something while the folder is removed.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } finally {
    process.exit(code);
  }
}

/** An uncaught error must not terminate the API. */
function onUncaught(error: NodeJS.ErrnoException): void {
  // The process that read the output has exited.
  if (error.code === "EPIPE") return onSignal();
  log.error("Nothing has caught this", error);
  console.error(`Something failed, and the API goes on; ${log.file} has the details.`);
}

process.on("uncaughtException", onUncaught);
process.on("SIGINT", onSignal);
process.on("SIGTERM", onSignal);
main().catch(async (error: Error) => {
  // After Ctrl-C everything fails.
  if (interrupted !== undefined) return;
  console.error(error.message);
  await endAll();
  leave("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS") ? 2 : 1);
});
