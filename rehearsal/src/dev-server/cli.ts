import { chmodSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endAll } from "../processes";
import { SessionLog } from "../session-log";
import { Shutdown } from "../shutdown";
import { removeStaleSessions } from "../stale-sessions";
import { startService } from "./service";
import { readSettings } from "./settings";

const HELP = `npm run dev [-- OPTIONS]

Runs the API on this machine, with a bucket and its events, without an AWS account. A change in
lambda-src/ takes effect when you save it. .env is read.

  --port PORT   the port on 127.0.0.1; default: 3000; 0 for a free one
  --help        print this text

Ctrl-C stops it. Exit codes: 1 if it cannot start, 2 for invalid options, 130 after Ctrl-C.`;

// The pinned SDK supports Node.js 20; its announcement that later versions will not is no use here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

// Files, including credentials and logs, are readable by their owner only.
process.umask(0o077);

const root = join(__dirname, "../../..");
const home = join(root, ".rehearsal");
const folder = join(home, `dev-${process.pid}`);
const shutdown = new Shutdown({ log: new SessionLog(folder), folder, stop: endAll });

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const { bucket, region, ...settings } = readSettings();
  const port = readPort(values.port);
  removeStaleSessions(home, "dev");
  // An existing folder may be readable by all users.
  chmodSync(home, 0o700);
  const { url, account, serviceAuth, lost } = await startService({
    root,
    folder,
    port,
    bucket,
    region,
    ...settings,
  });
  const { accessKeyId, secretAccessKey } = account.credentials;
  console.log(`The API is at ${url}, its description at ${url}/openapi.json. Press Ctrl-C to stop it.
For the AWS CLI and the integration tests in another terminal:
  export API_URL=${url} BUCKET=${bucket}
  export AWS_ENDPOINT_URL=${account.endpoint} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  export ${Object.entries(serviceAuth.variables)
    .map((pair) => pair.join("="))
    .join(" ")}`);
  if (serviceAuth.tokenCommand !== undefined) console.log(`For a token:\n  ${serviceAuth.tokenCommand}`);
  throw new Error(await lost);
}

function readPort(text = "3000"): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw Object.assign(new Error(`Invalid --port ${JSON.stringify(text)}: must be a number below 65536.`), {
    code: "ERR_PARSE_ARGS_PORT",
  });
}

shutdown.listen();
main().catch(async (error: Error) => {
  // After Ctrl-C everything fails.
  if (shutdown.requested) return;
  console.error(error.message);
  await endAll();
  shutdown.exit("code" in error && String(error.code).startsWith("ERR_PARSE_ARGS") ? 2 : 1);
});
