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
import { rootCredentials } from "../../rehearsal/src/ministack/emulator";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { SmallAws } from "../../rehearsal/__tests__/support/small-aws";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { environment } from "../support/settings";
import { run } from "./command";

const project = resolve(__dirname, "../..");
const BUCKET = `${environment.pipeline_bucket_name}-state`;
const KEY = "hw/service-prod.tfstate";
jest.setTimeout(2 * 60_000);

let small: SmallAws;
let folder: string;
let s3: S3Client;
let codebuild: CodeBuildClient;

/** A configuration without providers. */
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

function operatorEnvironment(): NodeJS.ProcessEnv {
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

/** Runs Terraform. @returns its exit code and output */
async function terraform(...args: string[]): Promise<string> {
  const { code, output } = await run("terraform", args, { cwd: folder, env: operatorEnvironment() });
  return `${code} ${output}`;
}

async function locks(): Promise<string[]> {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "hw/" }));
  return (Contents ?? []).map(({ Key }) => Key!).filter((key) => key.endsWith(".tflock"));
}

/** Starts an apply and kills it while it holds the lock. */
async function killApply(): Promise<void> {
  const child = spawn("terraform", ["apply", "-auto-approve"], {
    cwd: folder,
    env: operatorEnvironment(),
    detached: true,
  });
  await eventually("the state is locked", async () => (await locks()).includes(`${KEY}.tflock`));
  process.kill(-child.pid!, "SIGKILL");
  await once(child, "exit");
}

/** Runs `npm run state:unlock -- ARGS`. */
async function unlock(args: string[], input?: string): Promise<{ code: number; output: string }> {
  const options = { cwd: project, env: operatorEnvironment(), input };
  const script = ["--require", "./tasks/start.cjs", "tasks/cli/state-unlock.ts", ...args];
  const { code, output } = await run(process.execPath, script, options);
  return { code, output };
}

/** Starts a build of the project that deploys production. */
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
  await eventually("the build stops", async () => {
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    return builds![0]!.buildComplete;
  });
}

describe("npm run state:unlock", () => {
  it("reports that no state is locked", async () => {
    expect(await unlock([])).toEqual({ code: 0, output: "Reading the locks.\nNo state is locked.\n" });
    const { code, output } = await unlock(["service-prod"]);
    expect(code).toBe(1);
    expect(output).toContain("The state of service-prod is not locked");
  });

  describe("for the lock of an apply that was killed", () => {
    beforeAll(killApply);

    it("shows who has taken the lock, which blocks the next plan", async () => {
      expect(await terraform("plan", "-input=false")).toMatch(/^1 [^]*Error acquiring the state lock/);
      const { code, output } = await unlock([]);
      expect(code).toBe(0);
      expect(output).toMatch(/^Reading the locks\.\nservice-prod: locked since 20\d\d-\d\d-\d\dT/);
      expect(output).toContain(`@${hostname()} (OperationTypeApply), ID `);
      expect(output).toContain("no running build works on this stack");
    });

    it("does not remove it while a build deploys the stack, whatever is answered", async () => {
      const id = await startBuild();
      const { code, output } = await unlock(["service-prod"], "service-prod\n");
      expect(code).toBe(1);
      expect(output).toContain(`Not removed: build ${id} works on service-prod.`);
      expect(output).toContain(`aws codebuild stop-build --id ${id}`);
      expect(await locks()).toEqual([`${KEY}.tflock`]);
      await stopBuild(id);
    });

    it.each(["", "y\n", "yes\n", "service-dev\n"])(
      "does not remove it when the answer is %j",
      async (typed) => {
        const { code, output } = await unlock(["service-prod"], typed);
        expect(code).toBe(1);
        expect(output).toContain("Not removed.");
        expect(await locks()).toEqual([`${KEY}.tflock`]);
      },
    );

    it("removes it when the operator types the stack's name, and the next plan runs", async () => {
      const { code, output } = await unlock(["service-prod"], "service-prod\n");
      expect({ code, output }).toMatchObject({
        code: 0,
        output: expect.stringContaining("Removed.") as string,
      });
      expect(await locks()).toEqual([]);
      expect(await terraform("plan", "-input=false")).toMatch(/^0 /);
    });
  });

  it("refuses an object that is not a lock", async () => {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "hw/state.tfstate.tflock", Body: "what?" }));
    const { code, output } = await unlock([]);
    expect(code).toBe(1);
    expect(output).toContain(`s3://${BUCKET}/hw/state.tfstate.tflock is not a Terraform lock`);
    expect(output).not.toMatch(/^\s+at /m);
  });
});
