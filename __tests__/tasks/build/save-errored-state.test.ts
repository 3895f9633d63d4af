import { S3Client } from "@aws-sdk/client-s3";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveErroredState } from "../../../tasks/build/save-errored-state";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

const build = "hw-DeployOnDev:1b2c";
let aws: AwsStandIn;
let s3: S3Client;
let folder: string;

beforeAll(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
  folder = mkdtempSync(join(tmpdir(), "keep-"));
});
afterAll(() => {
  s3.destroy();
  aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

const keep = () =>
  saveErroredState(s3, {
    stack: "service-dev",
    folder,
    bucket: "artifacts",
    build,
  });

it("nothing is saved or reported if Terraform wrote its state", async () => {
  expect(await keep()).toBeUndefined();
  expect(aws.calls).toEqual([]);
});

describe("a state that Terraform could not write", () => {
  beforeAll(() => writeFileSync(join(folder, "errored.tfstate"), '{"secret":"canary"}'));

  it("is saved under the stack's and the build's name, and the log says what to do", async () => {
    const message = await keep();
    expect(aws.calls.map(({ operation, input }) => `${operation} ${String(input.path)}`)).toEqual([
      "PUT /artifacts/errored/service-dev/hw-DeployOnDev%3A1b2c.tfstate?x-id=PutObject",
    ]);
    const place = "s3://artifacts/errored/service-dev/hw-DeployOnDev:1b2c.tfstate";
    expect(message).toBe(
      `Terraform could not write the state of service-dev. It is kept as ${place}.\n` +
        "Before anything else deploys service-dev: npm run state:recover -- service-dev (docs/runbooks/recover.md).",
    );
  });

  it("is an error if it cannot be read", async () => {
    const unreadable = join(folder, "errored.tfstate");
    await expect(
      saveErroredState(s3, {
        stack: "service-dev",
        folder: unreadable,
        bucket: "artifacts",
        build,
      }),
    ).rejects.toThrow("ENOTDIR");
  });

  it("is an error that says how to continue if it cannot be saved either", async () => {
    aws.answer = () => ({
      status: 403,
      body: "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
    });
    const error = await keep().then(String, String);
    expect(error).toBe(
      "Error: Terraform could not write the state of service-dev, and " +
        "s3://artifacts/errored/service-dev/hw-DeployOnDev:1b2c.tfstate could not be written either: no. " +
        "What was made is in no state now. Before anything else deploys service-dev: " +
        "npm run state:recover -- service-dev, which finds it by its names.",
    );
    expect(error).not.toContain("canary");
  });
});
