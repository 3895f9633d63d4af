import { ListActionExecutionsCommand, StopPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { GetFunctionCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { restore } from "./saved-world/restore";

/** A pipeline with approvals, and an attacker who can push to the main branch. */
jest.setTimeout(15 * 60_000);

let harness: Harness;
/** The approvals that are requested, in order. */
let requests: ApprovalRequest[];

interface ApprovalRequest {
  readonly message: string;
  approve(): void;
}

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped", {});
  leaveOutDev(harness.session.workstation.clone);
  await harness.commit("Leave dev out");
  await harness.session.workstation.bootstrap();
});

beforeEach(() => {
  requests = [];
  harness.beforeApproval = (message) =>
    new Promise<void>((resolve) => requests.push({ message, approve: resolve }));
});

afterAll(() => harness?.stop());

/** Waits for an approval request whose message starts with `prefix`. */
async function approvalRequest(commit: string, prefix: string): Promise<ApprovalRequest> {
  const find = () => requests.find(({ message }) => message.startsWith(prefix));
  const isRequested = ([run]: Run[]) => find() !== undefined || run?.status === "Failed";
  const [run] = await harness.until(commit, `an approval is requested with "${prefix}…"`, isRequested);
  const found = find();
  if (found) return found;
  throw new Error(`No approval was requested with "${prefix}…":\n${await harness.log(run!)}`);
}

/** Waits until the execution of a commit has failed. @returns it, with the log of the build that failed */
async function failed(commit: string): Promise<{ run: Run; log: string }> {
  const run = await harness.failed(commit);
  return { run, log: await harness.log(run) };
}

/** Waits until UnitTest of a commit has succeeded. */
async function built(commit: string): Promise<void> {
  await harness.until(commit, "UnitTest succeeds", ([run]) => run?.stages.UnitTest === "Succeeded");
}

/** Stops the execution of a commit, which waits for an approval or soon will. */
async function stop(commit: string): Promise<void> {
  const [run] = await harness.runs(commit);
  await harness.codepipeline.send(
    new StopPipelineExecutionCommand({
      pipelineName: harness.session.pipeline,
      pipelineExecutionId: run!.id,
      abandon: true,
    }),
  );
}

/** Returns the location of the artifact of a commit's UnitTest. */
async function artifact(commit: string): Promise<{ bucket: string; key: string }> {
  const [run] = await harness.runs(commit);
  const { actionExecutionDetails = [] } = await harness.codepipeline.send(
    new ListActionExecutionsCommand({
      pipelineName: harness.session.pipeline,
      filter: { pipelineExecutionId: run!.id },
    }),
  );
  const made = actionExecutionDetails.find(({ actionName }) => actionName === "UnitTest");
  const { bucket = "", key = "" } = made?.output?.outputArtifacts?.[0]?.s3location ?? {};
  return { bucket, key };
}

/** Returns the location of a commit's provenance statement. */
async function statement(commit: string): Promise<{ Bucket: string; Key: string }> {
  const Bucket = "hw-rehearsal-artifacts-state";
  const { Contents = [] } = await new S3Client(harness.client).send(
    new ListObjectsV2Command({ Bucket, Prefix: `hw/provenance/${commit}/` }),
  );
  return { Bucket, Key: Contents[0]?.Key ?? "" };
}

async function isInProduction(): Promise<boolean> {
  try {
    await new LambdaClient(harness.client).send(new GetFunctionCommand({ FunctionName: "hw-prod-api" }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

it("does not deploy an artifact that another execution has overwritten while its own waits for approval", async () => {
  const victim = await harness.push();
  const approval = await approvalRequest(victim, "Deploy ");
  const { bucket, key } = await artifact(victim);
  const s3 = new S3Client(harness.client);
  const tag = async () => (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ETag;
  const before = await tag();

  const { output } = await harness.npm("status");
  expect(output).toMatch(/^Production\n {2}not deployed yet$/m);
  const [{ id } = { id: "" }] = await harness.runs(victim);
  expect(output).toMatch(
    new RegExp(`^  WAITS FOR AN APPROVAL in ManualApproval since .* \\(execution ${id}\\)$`, "m"),
  );

  harness.edit("lambda-src/api/app.ts", (all) => `${all}\nconsole.log("owned");\n`);
  // The role of UnitTest is allowed to write artifacts named Build. The test gives it the key of the other one.
  harness.edit(
    "buildspecs/unit-test.yml",
    (all) =>
      `${all.replace(
        "      - BUILD_DIGEST=",
        `      - (cd artifact && python3 -m zipfile -c ../build.zip .)\n      - aws s3 cp --only-show-errors build.zip 's3://${bucket}/${key}'\n      - BUILD_DIGEST=`,
      )}`,
  );
  const attacker = await harness.push("Overwrite the artifact of the run before");
  await built(attacker);
  expect(await tag()).not.toBe(before);

  approval.approve();
  try {
    const { run, log } = await failed(victim);
    expect(run.stages).toMatchObject({ ManualApproval: "Succeeded", DeployOnProd: "Failed" });
    expect(log).toMatch(/The artifact is not the one that UnitTest of this run made/);
    expect(await isInProduction()).toBe(false);
  } finally {
    // It waits for an approval, and would block the executions of the next tests.
    await stop(attacker);
  }
  await harness.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("does not let another execution replace a provenance statement, and does not deploy with a changed one", async () => {
  const victim = await harness.push("Wait for approval");
  const approval = await approvalRequest(victim, "Deploy ");
  const { Bucket, Key } = await statement(victim);
  const s3 = new S3Client(harness.client);
  const read = async () => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
  const before = await read();
  expect(before).toContain(victim);

  harness.edit(
    "buildspecs/unit-test.yml",
    (all) =>
      `${all.replace(
        "      - mkdir -p artifact/dist\n",
        `      - echo mine > mine\n      - if aws s3 cp mine 's3://${Bucket}/${Key}'; then exit 1; fi\n      - if aws s3 cp mine 's3://${Bucket}/hw/deployments/mine.json'; then exit 1; fi\n      - mkdir -p artifact/dist\n`,
      )}`,
  );
  const attacker = await harness.push("Replace the statement of the run before");
  await built(attacker);
  expect(await read()).toBe(before);

  // Only a principal with more permissions than any step can do this.
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: before.replace(victim, attacker) }));
  approval.approve();
  try {
    const { run, log } = await failed(victim);
    expect(run.stages).toMatchObject({ ManualApproval: "Succeeded", DeployOnProd: "Failed" });
    expect(log).toMatch(/was changed after it was stored/);
    expect(log).not.toMatch(/Terraform will perform|Initializing the backend/);
    expect(await isInProduction()).toBe(false);
  } finally {
    await stop(attacker);
  }
  await harness.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("refuses a stack that makes Terraform run a program, names it, and does not run the program", async () => {
  const mark = join(harness.session.folder, "owned");
  harness.edit("stacks/service-stack.ts", (all) =>
    all.replace(
      '    new AwsProvider(this, "aws");\n',
      `    new AwsProvider(this, "aws");\n    this.addOverride("data.external.owned", { program: ["touch", ${JSON.stringify(mark)}] });\n`,
    ),
  );
  const { run, log } = await failed(await harness.push("Have Terraform run a program"));
  expect(run.stages).toMatchObject({ UnitTest: "Failed" });
  expect(log).toContain("data.external.owned");
  expect(existsSync(mark)).toBe(false);
  await harness.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("shows the reviewer what the commit changes, even if the commit's own programs claim otherwise", async () => {
  // The commit changes every program of its own that reports on it.
  harness.edit("tasks/build/plan-summary.ts", (all) =>
    all.replace("[summaryOf(", '["No changes." || summaryOf('),
  );
  harness.edit("tasks/permissions/compare.ts", (all) =>
    all.replace("const shown: string[] = [];", 'if (lines) return "";\n  const shown: string[] = [];'),
  );
  harness.edit("tasks/barrier/check-build.ts", (all) => all.replace("summary(permissions) ||", ""));
  harness.edit("buildspecs/plan-on-prod.yml", (all) => all.replace(/PLAN=\$\(.*\)/, 'PLAN="No changes."'));
  // It adds a permission and removes the approval.
  harness.edit("stacks/iam/step-roles.ts", (all) =>
    all.replace(
      "UnitTest: () => [],",
      'UnitTest: (arns) => [allow("s3:GetObject", arns.bucket("*"), "More.")],',
    ),
  );
  harness.edit("stacks/pipeline/stages.ts", (all) => all.replace("if (!manualApproval) return", "return"));
  const commit = await harness.push("Change nothing");

  const more = await approvalRequest(commit, "Added permissions: ");
  expect(more.message).toContain("hw-pipeline-UnitTest: s3:GetObject on arn:aws:s3:::*");
  more.approve();
  const approval = await approvalRequest(commit, "Deploy ");
  expect(approval.message).toMatch(/Production: Plan: .*\b\d+ to add/);
  expect(approval.message).toMatch(/Pipeline: APPROVAL REMOVED: ManualApproval/);
  expect(approval.message).toContain("Change nothing");
  expect(approval.message.length).toBeLessThanOrEqual(1000);
});
