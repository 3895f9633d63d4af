import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createHash } from "node:crypto";
import { readStatement } from "../../tasks/provenance/statement";
import { Harness } from "./harness";
import { restore } from "./saved-world/restore";

/** A pipeline that has delivered one commit to production. */
jest.setTimeout(20 * 60_000);

const Bucket = "hw-rehearsal-artifacts-state";

let harness: Harness;
let s3: S3Client;
let commit: string;

beforeAll(async () => {
  harness = await restore(Harness, "delivered");
  s3 = new S3Client({ ...harness.client, forcePathStyle: true });
  commit = await harness.session.workstation.head();
});

afterAll(async () => {
  s3?.destroy();
  await harness?.stop();
});

/** Runs `npm run provenance -- ARGS`. */
function provenance(args: readonly string[], env?: NodeJS.ProcessEnv) {
  return harness.npm("provenance", args, undefined, env);
}

async function read(Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToString();
}

async function keys(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key!);
}

describe("the provenance of a release", () => {
  it("names the code that runs in production, and is marked as deployed", async () => {
    const [key = "", ...others] = await keys(`hw/provenance/${commit}/`);
    expect(others).toEqual([]);
    const { subject, predicate } = readStatement(await read(key));
    const { buildDefinition, runDetails } = predicate;
    expect(buildDefinition.externalParameters).toMatchObject({ branch: "main", commit });
    expect(runDetails.builder.id).toMatch(/^arn:aws:codebuild:[\w-]+:\d{12}:project\/hw-UnitTest$/);

    const lambda = new LambdaClient(harness.client);
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "hw-prod-api" }));
    const running = Buffer.from(Configuration!.CodeSha256!, "base64").toString("hex");
    expect(subject.map(({ digest }) => digest.sha256)).toContain(running);

    // Beside the stack that CheckDrift compares production with.
    expect(await keys("hw/deployments/")).toEqual([
      key.replace("provenance", "deployments"),
      "hw/deployments/service-prod.tf.json",
    ]);
  });

  it("is shown by npm run provenance as text and as JSON, for a commit or its first digits", async () => {
    const { code, stdout: output } = await provenance([commit]);
    expect(code).toBe(0);
    expect(output).toContain(`Commit ${commit} of https://github.com/`);
    expect(output).toMatch(/production +\d{4}-\d\d-\d\dT.*, by hw-DeployOnProd:/);
    expect(output).toContain("dist/programs.zip");

    const json = JSON.parse((await provenance([commit.slice(0, 12), "--json"])).stdout) as {
      commit: string;
      builds: { sbom: string }[];
    };
    expect(json.commit).toBe(commit);
    const sbom = JSON.parse(await read(json.builds[0]!.sbom.replace(`s3://${Bucket}/`, ""))) as object;
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX" });
  });

  it.each([
    ["an unknown commit", ["f".repeat(40)], {}, /^No build of commit f{40} is known/],
    ["something else", ["main"], {}, /^main is not a commit/],
    ["no commit", [], {}, /^Usage: /],
    ["no credentials", ["abcdef"], { AWS_ACCESS_KEY_ID: "" }, /^No AWS account answers .*Set credentials/],
  ])("is refused with one message for %s", async (_, args, env, message) => {
    const { code, stdout, stderr } = await provenance(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("is not shown when the statement was changed after it was stored", async () => {
    const [Key = ""] = await keys(`hw/provenance/${commit}/`);
    const before = await read(Key);
    const Body = before.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${"0".repeat(64)}"`);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    try {
      const { code, stderr } = await provenance([commit]);
      expect(code).toBe(1);
      const found = createHash("sha256").update(Body).digest("hex");
      expect(stderr).toContain(`was changed after it was stored: its SHA-256 is ${found}`);
    } finally {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: before }));
    }
  });
});
