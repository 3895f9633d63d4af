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
import { PipelineRuns, type Run } from "./pipeline-runs";
import { leaveOutDev } from "./quick-builds";

/** One pipeline with approvals, and an attacker who may push to the main branch. */
jest.setTimeout(15 * 60_000);

let runs: PipelineRuns;
/** What a person is asked, in order, and how that person answers. */
let questions: Question[];

interface Question {
  readonly says: string;
  approve(): void;
}

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped", {});
  leaveOutDev(runs.session.workstation.clone);
  await runs.commit("Leave dev out");
  await runs.session.workstation.bootstrap();
});

beforeEach(() => {
  questions = [];
  runs.lookAround = (says) => new Promise<void>((resolve) => questions.push({ says, approve: resolve }));
});

afterAll(() => runs?.stop());

/** Waits until a person is asked something that begins so. */
async function question(commit: string, begins: string): Promise<Question> {
  const asked = () => questions.find(({ says }) => says.startsWith(begins));
  await runs.until(commit, ([run]) => asked() !== undefined || run?.status === "Failed");
  const found = asked();
  if (found) return found;
  const [run] = await runs.of(commit);
  throw new Error(`Nobody was asked “${begins}…”: ${JSON.stringify(run)}\n${await runs.log(run!)}`);
}

/** Waits until a commit's run has failed. @returns it, with what the build said that failed first */
async function failed(commit: string): Promise<{ run: Run; log: string }> {
  const [run] = await runs.until(commit, ([one]) => one?.status === "Failed");
  return { run: run!, log: await runs.log(run!) };
}

/** Ends a commit's run, which waits for an approval or soon will. */
async function stop(commit: string): Promise<void> {
  const [run] = await runs.of(commit);
  await runs.codepipeline.send(
    new StopPipelineExecutionCommand({
      pipelineName: runs.session.pipeline,
      pipelineExecutionId: run!.id,
      abandon: true,
    }),
  );
}

/** Where UnitTest of a commit's run has put its artifact. */
async function artifact(commit: string): Promise<{ bucket: string; key: string }> {
  const [run] = await runs.of(commit);
  const { actionExecutionDetails = [] } = await runs.codepipeline.send(
    new ListActionExecutionsCommand({
      pipelineName: runs.session.pipeline,
      filter: { pipelineExecutionId: run!.id },
    }),
  );
  const made = actionExecutionDetails.find(({ actionName }) => actionName === "UnitTest");
  const { bucket = "", key = "" } = made?.output?.outputArtifacts?.[0]?.s3location ?? {};
  return { bucket, key };
}

/** Where CheckBuild has stored how a commit was built. */
async function statement(commit: string): Promise<{ Bucket: string; Key: string }> {
  const Bucket = "hw-rehearsal-artifacts-state";
  const { Contents = [] } = await new S3Client(runs.client).send(
    new ListObjectsV2Command({ Bucket, Prefix: `hw/provenance/${commit}/` }),
  );
  return { Bucket, Key: Contents[0]?.Key ?? "" };
}

async function isInProduction(): Promise<boolean> {
  try {
    await new LambdaClient(runs.client).send(new GetFunctionCommand({ FunctionName: "hw-prod-api" }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

it("an artifact that another run has overwritten while its run waits for approval is not deployed", async () => {
  const victim = await runs.push();
  const approval = await question(victim, "Deploy ");
  const { bucket, key } = await artifact(victim);
  const s3 = new S3Client(runs.client);
  const tag = async () => (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ETag;
  const before = await tag();

  runs.edit("lambda-src/api/app.ts", (all) => `${all}\nconsole.log("owned");\n`);
  // The role of UnitTest may write artifacts named Build. How it learns the name of another run's is left out here.
  runs.edit(
    "buildspecs/unit-test.yml",
    (all) =>
      `${all.replace(
        "      - BUILD_DIGEST=",
        `      - (cd artifact && python3 -m zipfile -c ../build.zip .)\n      - aws s3 cp --only-show-errors build.zip 's3://${bucket}/${key}'\n      - BUILD_DIGEST=`,
      )}`,
  );
  const attacker = await runs.push("Overwrite the artifact of the run before");
  await runs.until(attacker, ([run]) => run?.stages.UnitTest === "Succeeded");
  expect(await tag()).not.toBe(before);

  approval.approve();
  try {
    const { run, log } = await failed(victim);
    expect(run.stages).toMatchObject({ ManualApproval: "Succeeded", DeployOnProd: "Failed" });
    expect(log).toMatch(/The artifact is not the one that UnitTest of this run made/);
    expect(await isInProduction()).toBe(false);
  } finally {
    // It waits for an approval, in front of the runs of the next tests.
    await stop(attacker);
  }
  await runs.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("a run's statement on how it was built cannot be replaced by another run, and is deployed from only as it was", async () => {
  const victim = await runs.push("Wait for approval");
  const approval = await question(victim, "Deploy ");
  const { Bucket, Key } = await statement(victim);
  const s3 = new S3Client(runs.client);
  const read = async () => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();
  const before = await read();
  expect(before).toContain(victim);

  runs.edit(
    "buildspecs/unit-test.yml",
    (all) =>
      `${all.replace(
        "      - mkdir -p artifact/dist\n",
        `      - echo mine > mine\n      - if aws s3 cp mine 's3://${Bucket}/${Key}'; then exit 1; fi\n      - if aws s3 cp mine 's3://${Bucket}/hw/deployments/mine.json'; then exit 1; fi\n      - mkdir -p artifact/dist\n`,
      )}`,
  );
  const attacker = await runs.push("Replace the statement of the run before");
  await runs.until(attacker, ([run]) => run?.stages.UnitTest === "Succeeded");
  expect(await read()).toBe(before);

  // Somebody with more permissions than any step has.
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
  await runs.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("a stack that has Terraform run a program is refused by name, and the program does not run", async () => {
  const mark = join(runs.session.folder, "owned");
  runs.edit("stacks/service-stack.ts", (all) =>
    all.replace(
      '    new AwsProvider(this, "aws");\n',
      `    new AwsProvider(this, "aws");\n    this.addOverride("data.external.owned", { program: ["touch", ${JSON.stringify(mark)}] });\n`,
    ),
  );
  const { run, log } = await failed(await runs.push("Have Terraform run a program"));
  expect(run.stages).toMatchObject({ UnitTest: "Failed" });
  expect(log).toContain("data.external.owned");
  expect(existsSync(mark)).toBe(false);
  await runs.session.workstation.git("revert", "--no-edit", "HEAD");
});

it("what a person reads is true, whatever the commit's own programs would say", async () => {
  // The commit lies wherever its own code is asked.
  runs.edit("tasks/build/plan-summary.ts", (all) =>
    all.replace("console.log(summaryOf(", 'console.log("No changes." || summaryOf('),
  );
  runs.edit("tasks/permissions/compare.ts", (all) =>
    all.replace("const shown: string[] = [];", 'if (lines) return "";\n  const shown: string[] = [];'),
  );
  runs.edit("tasks/barrier/check-build.ts", (all) => all.replace("summary(permissions) ||", ""));
  runs.edit("buildspecs/plan-on-prod.yml", (all) => all.replace(/PLAN=\$\(.*\)/, 'PLAN="No changes."'));
  // It takes more permissions, and has nobody asked any more.
  runs.edit("stacks/iam/step-roles.ts", (all) =>
    all.replace(
      "UnitTest: () => [],",
      'UnitTest: (arns) => [allow("s3:GetObject", arns.bucket("*"), "More.")],',
    ),
  );
  runs.edit("stacks/pipeline/stages.ts", (all) => all.replace("if (!manualApproval) return", "return"));
  const commit = await runs.push("Change nothing");

  const more = await question(commit, "More permissions: ");
  expect(more.says).toContain("hw-pipeline-UnitTest may s3:GetObject on arn:aws:s3:::*");
  more.approve();
  const approval = await question(commit, "Deploy ");
  expect(approval.says).toMatch(/Production: Plan: .*\b\d+ to add/);
  expect(approval.says).toMatch(/Pipeline: APPROVAL REMOVED: ManualApproval/);
  expect(approval.says).toContain("Change nothing");
  expect(approval.says.length).toBeLessThanOrEqual(1000);
});
