import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from "@aws-sdk/client-codebuild";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { rootCredentials } from "../../rehearsal/src/ministack/emulator";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { SmallAws } from "../../rehearsal/__tests__/support/small-aws";
import { environment } from "../support/settings";

const project = resolve(__dirname, "../..");
const BUCKET = `${environment.pipeline_bucket_name}-state`;
const KEY = "hw/service-prod.tfstate";
jest.setTimeout(2 * 60_000);

let small: SmallAws;
let folder: string;
let s3: S3Client;
let codebuild: CodeBuildClient;

/** A Terraform that has no provider, so that all there is to it is its state. */
const CONFIGURATION = {
  terraform: { backend: { s3: { bucket: BUCKET, key: KEY, use_lockfile: true } } },
  resource: { terraform_data: { slow: { provisioner: [{ "local-exec": { command: "sleep 600" } }] } } },
};

beforeAll(async () => {
  small = await SmallAws.start();
  folder = mkdtempSync(join(tmpdir(), "unlock-"));
  s3 = new S3Client({ ...small.client(), forcePathStyle: true });
  codebuild = new CodeBuildClient(small.client());
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify(CONFIGURATION));
  expect(await terraform("init", "-input=false")).toMatch(/^0 /);
});

afterAll(async () => {
  s3?.destroy();
  codebuild?.destroy();
  await small?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function machine(): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = rootCredentials(ACCOUNT);
  return {
    ...process.env,
    ...environment,
    AWS_ENDPOINT_URL: small.aws.context.endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    CHECKPOINT_DISABLE: "1",
  };
}

/** Not synchronously: the AWS endpoint it asks is in this process. */
async function terraform(...args: string[]): Promise<string> {
  const child = spawn("terraform", args, { cwd: folder, env: machine(), stdio: ["ignore", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return `${code} ${(await said).join("")}`;
}

async function locks(): Promise<string[]> {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "hw/" }));
  return (Contents ?? []).map(({ Key }) => Key!).filter((key) => key.endsWith(".tflock"));
}

/** Kills an apply in its middle, as a machine that is gone does. */
async function killedApply(): Promise<void> {
  const child = spawn("terraform", ["apply", "-auto-approve"], {
    cwd: folder,
    env: machine(),
    detached: true,
  });
  while (!(await locks()).includes(`${KEY}.tflock`)) await pause(100);
  process.kill(-child.pid!, "SIGKILL");
  await once(child, "exit");
}

/** `npm run state:unlock -- ARGS` with what a person types. */
async function unlock(args: string[], typed = ""): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "tasks/cli/state-unlock.ts", ...args], {
    cwd: project,
    env: machine(),
  });
  child.stdin.end(typed);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: (await said).join("") };
}

/** A build of the project that deploys production. */
async function startBuild(): Promise<string> {
  const environment = { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" } as const;
  await codebuild.send(
    new CreateProjectCommand({
      name: "hw-DeployOnProd",
      serviceRole: `arn:aws:iam::${ACCOUNT}:role/build`,
      source: {
        type: "NO_SOURCE",
        buildspec: "version: 0.2\nphases:\n  build:\n    commands: [sleep 600]\n",
      },
      artifacts: { type: "NO_ARTIFACTS" },
      environment,
      tags: [{ key: "deploys", value: "service-prod" }],
    }),
  );
  const { build } = await codebuild.send(new StartBuildCommand({ projectName: "hw-DeployOnProd" }));
  return build!.id!;
}

async function stopBuild(id: string): Promise<void> {
  await codebuild.send(new StopBuildCommand({ id }));
  for (;;) {
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    if (builds![0]!.buildComplete) return;
    await pause(100);
  }
}

it("says that nothing is locked when nothing is", async () => {
  expect(await unlock([])).toEqual({ code: 0, output: "No state is locked.\n" });
  const { code, output } = await unlock(["service-prod"]);
  expect(code).toBe(1);
  expect(output).toContain("The state of service-prod is not locked");
});

describe("the lock of an apply that was killed", () => {
  beforeAll(killedApply);

  it("is in the way of the next apply, and shown with who took it and when", async () => {
    expect(await terraform("plan", "-input=false")).toMatch(/^1 [^]*Error acquiring the state lock/);
    const { code, output } = await unlock([]);
    expect(code).toBe(0);
    expect(output).toMatch(/^service-prod: locked since 20\d\d-\d\d-\d\dT/);
    expect(output).toContain(`@${hostname()} (OperationTypeApply), ID `);
    expect(output).toContain("no running build works on this stack");
  });

  it("is not removed while a build works on the stack, whatever is answered", async () => {
    const id = await startBuild();
    const { code, output } = await unlock(["service-prod"], "service-prod\n");
    expect(code).toBe(1);
    expect(output).toContain(`Not removed: build ${id} works on service-prod.`);
    expect(output).toContain(`aws codebuild stop-build --id ${id}`);
    expect(await locks()).toEqual([`${KEY}.tflock`]);
    await stopBuild(id);
  });

  it.each(["", "y\n", "yes\n", "service-dev\n"])("is not removed when the answer is %j", async (typed) => {
    const { code, output } = await unlock(["service-prod"], typed);
    expect(code).toBe(1);
    expect(output).toContain("Not removed.");
    expect(await locks()).toEqual([`${KEY}.tflock`]);
  });

  it("is removed when a person types the stack's name, and the next plan runs", async () => {
    const { code, output } = await unlock(["service-prod"], "service-prod\n");
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining("Removed.") as string,
    });
    expect(await locks()).toEqual([]);
    expect(await terraform("plan", "-input=false")).toMatch(/^0 /);
  });
});

it("an object that is no lock is not taken for one", async () => {
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "hw/state.tfstate.tflock", Body: "what?" }));
  const { code, output } = await unlock([]);
  expect(code).toBe(1);
  expect(output).toContain(`s3://${BUCKET}/hw/state.tfstate.tflock is not a lock that Terraform wrote`);
  expect(output).not.toMatch(/^\s+at /m);
});
