import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { forgetOtherBackends, stackFolder } from "../../tasks/terraform/synth-output";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "./ministack/fixture";

const execute = promisify(execFile);

let emulator: TestEmulator;
let root: string;

beforeAll(async () => {
  emulator = await testEmulator();
  const s3 = new S3Client({ ...emulator.client(), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "states" }));
  s3.destroy();
});
afterAll(() => emulator.remove());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "a used clone (1) ü-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What synthesis writes: a stack with one resource and the backend of the stacks. */
function synthesize(settings: Readonly<Record<string, unknown>>): void {
  const s3 = {
    bucket: "states",
    key: "hw/one.tfstate",
    region: REGION,
    skip_requesting_account_id: true,
    ...settings,
  };
  const stack = { terraform: { backend: { s3 } }, resource: { terraform_data: { one: { input: "kept" } } } };
  mkdirSync(stackFolder("one", root), { recursive: true });
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks: { one: {} } }));
  writeFileSync(join(stackFolder("one", root), "cdk.tf.json"), JSON.stringify(stack));
}

const terraform = (...args: string[]) =>
  execute("terraform", [`-chdir=${stackFolder("one", root)}`, ...args, "-no-color"], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: emulator.client().credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: emulator.client().credentials.secretAccessKey,
      AWS_ACCOUNT_ID: ACCOUNT,
    },
  });

describe("a clone that was used before", () => {
  it("finds the state after a commit that changes its lock or encryption", async () => {
    synthesize({ use_path_style: true });
    await terraform("init", "-input=false");
    await terraform("apply", "-input=false", "-auto-approve");

    synthesize({ use_path_style: true, use_lockfile: true, encrypt: true });
    await expect(terraform("init", "-input=false")).rejects.toThrow("Backend configuration changed");
    forgetOtherBackends(root);
    await terraform("init", "-input=false");
    const { stdout } = await terraform("plan", "-input=false");
    expect(stdout).toContain("No changes.");
  });
});
