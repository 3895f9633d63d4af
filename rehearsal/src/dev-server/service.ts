import { join } from "node:path";
import { rootCredentials, startEmulator, type Emulator } from "../ministack/emulator";
import { SessionLog } from "../session-log";
import { inherited } from "../ministack/inherited";
import { startGateway, type Gateway } from "./gateway";
import { LocalFunction } from "./local-function";
import { createBucket, type Account } from "./object-events";
import { corsHeaders, startServiceAuth, type Auth, type ServiceAuth } from "./service-auth";
import { watchSources } from "./sources";

/** An account number from AWS's examples, which belongs to no customer. */
const ACCOUNT = "111122223333";

export interface ServiceOptions {
  /** The folder with lambda-src, node_modules and `.cache`. */
  readonly root: string;
  /** A folder below `root` that is the service's own: the code of the functions and the emulator's log. */
  readonly folder: string;
  readonly port: number;
  readonly bucket: string;
  readonly region: string;
  /** The origins that are allowed by CORS. */
  readonly corsOrigins: readonly string[];
  /** Who is allowed to call the API. */
  readonly auth: Auth;
  readonly stackName: string;
}

/** The service on this machine: its API, its bucket, and the function that processes uploaded documents. */
export interface Service {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly account: Account;
  readonly serviceAuth: ServiceAuth;
  /** Resolves with a description when the emulator ends unexpectedly. */
  readonly lost: Promise<string>;
}

/**
 * Starts the service, and reloads functions when lambda-src changes. Everything ends with the process except the
 * emulator, which `endAll` stops.
 * @throws when the port is in use, or a function does not compile
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { root, folder, port, bucket, region, corsOrigins, auth, stackName } = options;
  const log = new SessionLog(folder);
  let ready: (parts: [LocalFunction, ServiceAuth]) => void = () => undefined;
  const parts = new Promise<[LocalFunction, ServiceAuth]>((resolve) => (ready = resolve));
  // First, because it fails at once if the port is in use. Early requests wait.
  const gateway: Gateway = await startGateway(port, async (event) => (await parts)[0].invoke(event), log, {
    cors: { origins: corsOrigins, headers: corsHeaders(auth) },
    authorize: async (request, body) => (await parts)[1].authorize?.(request, body),
  });
  const emulator: Emulator = await startEmulator({
    python: join(root, ".cache/venv/bin/python"),
    folder: join(folder, "emulator"),
    account: ACCOUNT,
    region,
  });
  const credentials = rootCredentials(ACCOUNT);
  const account = { endpoint: emulator.url, region, credentials };
  const serviceAuth = await startServiceAuth({ auth, corsOrigins, stackName, account, log });
  const functions = await startFunctions(root, folder, bucket, account, serviceAuth.functionVariables);
  await createBucket(account, bucket, (event) => functions.recorder.invoke(event), log);
  ready([functions.api, serviceAuth]);
  return { url: `http://127.0.0.1:${gateway.port}`, account, serviceAuth, lost: emulator.lost };
}

async function startFunctions(
  root: string,
  folder: string,
  bucket: string,
  account: Account,
  apiVariables: Readonly<Record<string, string>>,
) {
  const environment = {
    // As on AWS, a function gets neither the user's tokens and keys nor .env.
    ...inherited(process.env),
    BUCKET: bucket,
    ENVIRONMENT: "local",
    COMMIT: "local",
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: account.region,
    AWS_ACCESS_KEY_ID: account.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    // There is no CloudWatch here.
    POWERTOOLS_METRICS_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const start = (name: string, timeoutSeconds: number, variables: Readonly<Record<string, string>> = {}) =>
    LocalFunction.start({
      root,
      folder: join(folder, "functions"),
      name,
      environment: { ...environment, ...variables },
      timeoutSeconds,
    });
  // As in stacks/service-stack.ts.
  const [api, recorder] = await Promise.all([start("api", 25, apiVariables), start("record-object", 900)]);
  const all = { api, "record-object": recorder };
  watchSources(join(root, "lambda-src"), () => {
    for (const [name, one] of Object.entries(all)) takeOver(name, one).catch(console.error);
  });
  return { api, recorder };
}

async function takeOver(name: string, changed: LocalFunction): Promise<void> {
  const from = performance.now();
  try {
    if (await changed.reload())
      console.log(`Reloaded ${name} in ${Math.round(performance.now() - from)} ms.`);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${name} continues with the previous version.`);
  }
}
