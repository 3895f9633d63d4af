import { GetAliasCommand, LambdaClient, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import {
  CopyObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { outputVariables } from "../../rehearsal/src/watch";
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { restore } from "./saved-world/restore";

/** A pipeline with approvals, which has delivered one commit to production. */
jest.setTimeout(15 * 60_000);

let harness: Harness;
let lambda: LambdaClient;
/** The commit in production that last changed a function. */
let released: string;
/** The approvals that wait, in order. */
const requests: { message: string; approve(): void }[] = [];

beforeAll(async () => {
  harness = await restore(Harness, "delivered", {
    pipeline_rollout: "AllAtOnce",
    pipeline_self_update: "after-unit-test",
  });
  lambda = new LambdaClient(harness.client);
  harness.beforeApproval = (message) =>
    new Promise<void>((resolve) => requests.push({ message, approve: resolve }));
  const { workstation } = harness.session;
  released = await workstation.head();
  leaveOutDev(workstation.clone);
  await harness.commit("Leave dev out");
  await workstation.bootstrap();
});

afterAll(async () => {
  lambda?.destroy();
  await harness?.stop();
});

async function versions(): Promise<(string | undefined)[]> {
  const FunctionName = "hw-prod-api";
  const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  return Versions.map(({ Version }) => Version);
}

async function liveVersion(): Promise<string | undefined> {
  const alias = { FunctionName: "hw-prod-api", Name: "live" };
  return (await lambda.send(new GetAliasCommand(alias))).FunctionVersion;
}

/** What production answers to `GET /health`. */
async function health({ id }: Run): Promise<unknown> {
  const { aws, pipeline } = harness.session;
  const { API_URL } = await outputVariables(aws, pipeline, id, "DeployOnProd");
  return (await fetch(`${API_URL}/health`)).json();
}

/** Waits until the execution of a commit has succeeded. */
async function succeeded(commit: string): Promise<Run> {
  const [run] = await harness.ended(commit);
  if (run?.status !== "Succeeded") throw new Error(await harness.log(run!));
  return run;
}

/** Waits until the execution of a commit asks for an approval. */
function approvalRequest() {
  return harness.eventually("an approval is requested", () => requests.shift());
}

describe("a commit that changes only a document", () => {
  it("is delivered without an approval, a version and a release", async () => {
    const before = await versions();
    harness.edit("README.md", (text) => `${text}\nMore.\n`);
    const commit = await harness.push("Describe more");
    const run = await succeeded(commit);
    expect(run.stages).toMatchObject({
      PlanOnProd: "Succeeded",
      ManualApproval: "Skipped",
      DeployOnProd: "Succeeded",
      ReleaseApi: "Skipped",
      ReleaseRecordObject: "Skipped",
    });
    expect(harness.approvals).toEqual([]);
    expect(await versions()).toEqual(before);

    expect(await health(run)).toMatchObject({ commit, versionCommit: released });
    const { workstation, github } = harness.session;
    await workstation.git("remote", "set-url", "origin", github.gitUrl);
    const { stdout } = await harness.npm("status", ["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      production: { value: { commit, versionCommit: released } },
      behind: { value: 0 },
    });
  });
});

describe("a revert that is pushed while its predecessor waits for an approval", () => {
  it("is not applied unread after the predecessor was approved", async () => {
    harness.edit("lambda-src/api/app.ts", (text) => text.replace("on our side", "here"));
    const commit = await harness.push("Say it shorter");
    const request = await approvalRequest();
    expect(request.message).toContain("Approval is needed for the plan.");

    await harness.session.workstation.git("revert", "--no-edit", "HEAD");
    const revert = await harness.push();
    await harness.until(revert, "production is planned", ([run]) => run?.stages.PlanOnProd === "Succeeded");
    request.approve();
    const run = await succeeded(commit);
    const reverting = await harness.failed(revert);
    // Its plan was made without the predecessor, so it was empty.
    expect(reverting.stages).toMatchObject({ ManualApproval: "Skipped", DeployOnProd: "Failed" });
    expect(await harness.log(reverting)).toContain("Production has changed since the plan was made");
    expect(requests).toEqual([]);
    expect(await health(run)).toMatchObject({ commit, versionCommit: commit });
  });
});

describe("a commit after a release that was rolled back", () => {
  it("is approved before that version is released again", async () => {
    const version = await liveVersion();
    const back = await harness.npm("rollback", [released], `${released.slice(0, 9)}\n`);
    expect(back).toMatchObject({ code: 0 });
    expect(await liveVersion()).not.toBe(version);

    await harness.session.workstation.git("revert", "--no-edit", "HEAD");
    const commit = await harness.push();
    const request = await approvalRequest();
    expect(request.message).toContain("Production: No changes.");
    expect(request.message).toContain(`Approval is needed for the release of api ${version}.`);
    request.approve();
    const run = await succeeded(commit);
    expect(run.stages).toMatchObject({ ManualApproval: "Succeeded", ReleaseApi: "Succeeded" });
    expect(await liveVersion()).toBe(version);
    expect(await health(run)).toMatchObject({ commit });
  });
});

describe("a commit after service_old_version_days was set", () => {
  const Bucket = "hw-rehearsal-documents-prod";
  const s3 = () => new S3Client({ ...harness.client, forcePathStyle: true });
  const rules = async () => (await s3().send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules;
  const objectVersions = async () => {
    const { Versions = [] } = await s3().send(
      new ListObjectVersionsCommand({ Bucket, Prefix: "documents/kept" }),
    );
    return Versions.map(({ Key, VersionId, IsLatest }) => ({ Key, VersionId, IsLatest }));
  };

  it("is approved before old versions expire, and deletes none of the documents", async () => {
    for (const Body of ["one", "two"])
      await s3().send(new PutObjectCommand({ Bucket, Key: "documents/kept", Body }));
    const before = await objectVersions();
    expect(before.map(({ IsLatest }) => IsLatest)).toEqual([true, false]);
    await expect(rules()).rejects.toThrow("The lifecycle configuration does not exist");

    const { code, output } = await harness.npm("bootstrap", [], undefined, {
      service_old_version_days: "30",
    });
    expect({ code, output }).toMatchObject({ code: 0 });
    const commit = await harness.push("Let old versions expire");
    const request = await approvalRequest();
    expect(request.message).toMatch(
      /Plan: 0 to add, 1 to change, 0 to destroy\. It deletes old versions in aws_s3_bucket\.\w+ after 30 days \(until now: never\)\./,
    );
    await expect(rules()).rejects.toThrow();
    request.approve();
    await succeeded(commit);
    expect(await rules()).toEqual([
      {
        ID: "old-versions",
        Status: "Enabled",
        Filter: { Prefix: "" },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        Expiration: { ExpiredObjectDeleteMarker: true },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      },
    ]);
    expect(await objectVersions()).toEqual(before);
  });

  it("leaves the old version, with which the document is restored", async () => {
    const old = (await objectVersions()).find(({ IsLatest }) => !IsLatest)!;
    const CopySource = `${Bucket}/documents/kept?versionId=${old.VersionId}`;
    await s3().send(new CopyObjectCommand({ Bucket, Key: "documents/kept", CopySource }));
    const { Body } = await s3().send(new GetObjectCommand({ Bucket, Key: "documents/kept" }));
    expect(await Body?.transformToString()).toBe("one");
  });
});
