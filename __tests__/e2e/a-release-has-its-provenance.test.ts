import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { readStatement } from "../../tasks/provenance/statement";
import { PipelineRuns } from "./pipeline-runs";

/** A pipeline that has delivered one commit to production. */
jest.setTimeout(20 * 60_000);

const Bucket = "hw-rehearsal-artifacts-state";

let runs: PipelineRuns;
let s3: S3Client;
let commit: string;

beforeAll(async () => {
  runs = await PipelineRuns.restored("delivered");
  s3 = new S3Client({ ...runs.client, forcePathStyle: true });
  commit = await runs.session.workstation.head();
});

afterAll(async () => {
  s3?.destroy();
  await runs?.stop();
});

/** Runs `npm run provenance` in the clone, with `env` in its environment. */
async function provenance(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { workstation } = runs.session;
  const child = spawn("npm", ["run", "--silent", "provenance", "--", ...args], {
    cwd: workstation.clone,
    env: { ...workstation.environment(), ...env },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, "close")) as [number];
  const [output, errors] = await said;
  return { code, output, errors };
}

async function read(Key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToString();
}

async function keys(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key!);
}

it("what runs in production is what the statement names, and it is marked as deployed", async () => {
  const [key = "", ...others] = await keys(`hw/provenance/${commit}/`);
  expect(others).toEqual([]);
  const { subject, predicate } = readStatement(await read(key));
  const { buildDefinition, runDetails } = predicate;
  expect(buildDefinition.externalParameters).toMatchObject({ branch: "main", commit });
  expect(runDetails.builder.id).toMatch(/^arn:aws:codebuild:[\w-]+:\d{12}:project\/hw-UnitTest$/);

  const lambda = new LambdaClient(runs.client);
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "hw-prod-api" }));
  const running = Buffer.from(Configuration!.CodeSha256!, "base64").toString("hex");
  expect(subject.map(({ digest }) => digest.sha256)).toContain(running);

  expect(await keys("hw/deployments/")).toEqual([key.replace("provenance", "deployments")]);
});

it("npm run provenance shows it, as text and as JSON, by the first digits too", async () => {
  const { code, output } = await provenance([commit]);
  expect(code).toBe(0);
  expect(output).toContain(`Commit ${commit} of https://github.com/`);
  expect(output).toMatch(/production +\d{4}-\d\d-\d\dT.*, by hw-DeployOnProd:/);
  expect(output).toContain("dist/programs.zip");

  const json = JSON.parse((await provenance([commit.slice(0, 12), "--json"])).output) as {
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
])("npm run provenance ends with one message for %s", async (_, args, env, message) => {
  const { code, output, errors } = await provenance(args, env);
  expect({ code, output }).toEqual({ code: 1, output: "" });
  expect(errors).toMatch(message);
  expect(errors).not.toMatch(/\n\s+at /);
});

it("npm run provenance refuses a statement that was changed", async () => {
  const [Key = ""] = await keys(`hw/provenance/${commit}/`);
  const before = await read(Key);
  const Body = before.replace(/"sha256": "[0-9a-f]{64}"/, `"sha256": "${"0".repeat(64)}"`);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  try {
    const { code, errors } = await provenance([commit]);
    expect(code).toBe(1);
    const found = createHash("sha256").update(Body).digest("hex");
    expect(errors).toContain(`was changed after it was stored: its SHA-256 is ${found}`);
  } finally {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: before }));
  }
});
