import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { IAMClient } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { setTimeout as pause } from "node:timers/promises";
import type { Credentials } from "../../rehearsal/src/aws/aws-context";
import { assumeServiceRole } from "../../rehearsal/src/aws/service-role";
import type { Decision } from "../../rehearsal/src/ministack/emulator";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { outputVariables } from "../../rehearsal/src/watch";
import { deployedRole } from "../../tasks/permissions/role";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { role, type Deployed } from "./least-privilege/attempt";
import { attempts } from "./least-privilege/attempts";
import { change, prepare, WIDENED } from "./least-privilege/commits";
import { footholds } from "./least-privilege/footholds";
import { inventory } from "./least-privilege/inventory";
import { createNeighbours } from "./least-privilege/neighbours";
import { notRefused, simulated } from "./least-privilege/outcome";
import { unusedActions, unusedHere } from "./least-privilege/unused";
import { PipelineRuns, type Run } from "./pipeline-runs";
import { pullRequestSession, runDiff } from "./pull-request";

/** One pipeline that is used for all there is to do, and after that the credentials of its roles. */
jest.setTimeout(20 * 60_000);

const steps = [
  "UnitTest",
  "CheckBuild",
  "DeployOnDev",
  "IntegrationTest",
  "PlanOnProd",
  "DeployOnProd",
  "SelfUpdate",
];
const functions = ["dev", "prod"].flatMap((stage) => [`${stage}-api`, `${stage}-record-object`]);
/** Behind `hw-`. */
const roles = [...steps.map((step) => `pipeline-${step}`), "pipeline", ...functions, "diff"];

/** The log of the function that the first commit adds, and the second removes. */
const SPARE_LOG = "/aws/lambda/hw-dev-spare";
const logs = () => new CloudWatchLogsClient(runs.client);

let runs: PipelineRuns;
/** What a person finds who is asked to confirm wider permissions. */
let found: { says: string; actions: string[]; commit: string; projects: number };
let first: Run[];
let second: Run[];
/** How long the log of that function is kept, with the first commit and after the second. */
let spareLog: (number | undefined)[];
let devUrl: string;
let firstCommit: string;
let secondCommit: string;
let used: Decision[];

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped", { pipeline_alarm_email: "operator@example.com" });
  await prepare(runs);
  await runs.session.workstation.bootstrap();
  // As if a function of that name had been there before: its log was kept.
  await logs().send(new CreateLogGroupCommand({ logGroupName: SPARE_LOG }));
  firstCommit = await runs.push();
  first = await through(firstCommit, 1);
  spareLog = [await retention(SPARE_LOG)];
  runs.lookAround = async (says) => {
    if (says.startsWith("More permissions")) found = { says, ...(await deployed()) };
  };
  secondCommit = await change(runs);
  second = await through(secondCommit, 2);
  spareLog.push(await retention(SPARE_LOG));
  used = await runs.session.emulator.decisions();
});

afterAll(() => runs?.stop());

/** Waits until the newest execution of a commit has deployed it, and uses production. */
async function through(commit: string, count: number): Promise<Run[]> {
  const over = ["Succeeded", "Failed"];
  const executions = await runs.until(
    commit,
    (all) => over.includes(all[count - 1]?.status ?? "") || all.some(({ status }) => status === "Failed"),
  );
  const last = executions.at(-1)!;
  if (last.status !== "Succeeded") throw new Error(await runs.log(last));
  const { session } = runs;
  const outputs = (action: string) => outputVariables(session.aws, session.pipeline, last.id, action);
  devUrl = (await outputs("DeployOnDev")).API_URL!;
  const { API_URL = "" } = await outputs("DeployOnProd");
  await smokeTest(API_URL, "prod", commit);
  await fetch(`${API_URL}/documents`);
  await useBucket(devUrl, "hw-rehearsal-documents-dev");
  await useBucket(API_URL, "hw-rehearsal-documents-prod");
  return executions;
}

/** Stores a document past the API and removes it there, so that the record is the event function's to remove. */
async function useBucket(url: string, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...runs.client, forcePathStyle: true });
  const metadata = async () => (await fetch(`${url}/documents/beside/metadata`)).status;
  await s3.send(new PutObjectCommand({ Bucket, Key: "documents/beside", Body: "beside" }));
  while ((await metadata()) !== 200) await pause(200);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "documents/beside" }));
  while ((await metadata()) !== 404) await pause(200);
}

/** The days for which a log is kept; undefined where there is none. */
async function retention(logGroupNamePrefix: string): Promise<number | undefined> {
  const { logGroups = [] } = await logs().send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
  return logGroups[0]?.retentionInDays;
}

it("imports the log of a function that returns, and keeps it when the function goes", () => {
  expect(spareLog).toEqual([90, 90]);
});

/** What is deployed of what the second commit changes. */
async function deployed() {
  const { permissions } = (await deployedRole(new IAMClient(runs.client), "hw-pipeline-DeployOnDev"))!;
  const { commit } = (await (await fetch(`${devUrl}/health`)).json()) as { commit: string };
  const { projects = [] } = await new CodeBuildClient(runs.client).send(
    new BatchGetProjectsCommand({ names: ["hw-PlanOnProd"] }),
  );
  return { actions: permissions.flatMap(({ Action = [] }) => Action), commit, projects: projects.length };
}

describe("a commit that widens a right", () => {
  it("waits until a person has confirmed it, and deploys nothing before", () => {
    // The first one widened nothing.
    expect(first).toMatchObject([{ stages: { ConfirmPermissions: "Skipped", SelfUpdate: "Skipped" } }]);
    // What waits names role, action and resource.
    expect(found.says).toContain(WIDENED);
    expect(found).toMatchObject({ commit: firstCommit, projects: 0 });
    expect(found.actions).not.toContain("s3:GetObjectVersion");
  });

  it("is deployed after that, and updates the pipeline once", async () => {
    expect(second).toMatchObject([
      { stages: { ConfirmPermissions: "Succeeded", DeployOnProd: "Succeeded", SelfUpdate: "Cancelled" } },
      { stages: { ConfirmPermissions: "Skipped", DeployOnProd: "Succeeded", SelfUpdate: "Skipped" } },
    ]);
    const after = await deployed();
    expect(after).toMatchObject({ commit: secondCommit, projects: 1 });
    expect(after.actions).toContain("s3:GetObjectVersion");
  });
});

const sessions = new Map<string, Credentials>();
let values: Deployed;

const denials = roles.flatMap((name) =>
  attempts.filter(({ allowed }) => !allowed.includes(name)).map((one) => ({ ...one, by: name })),
);

describe("what is not granted", () => {
  let before: Awaited<ReturnType<typeof inventory>>;

  beforeAll(async () => {
    for (const name of roles) sessions.set(name, await sessionOf(name));
    const { Items = [] } = await new ApiGatewayV2Client(runs.client).send(new GetApisCommand({}));
    const state = { Bucket: "hw-rehearsal-artifacts-state", Key: "hw/pipeline.tfstate" };
    const s3 = new S3Client({ ...runs.client, forcePathStyle: true });
    const { VersionId } = await s3.send(new HeadObjectCommand(state));
    values = {
      api: Items.find(({ Name }) => Name === "hw-prod")!.ApiId!,
      stateVersion: VersionId!,
      othersKey: await createNeighbours(runs.client),
    };
    before = await inventory(runs.client);
  });

  it("is more than two thousand things, most of them tried for real", () => {
    expect(denials.length).toBeGreaterThan(2000);
    expect(denials.filter(({ send }) => send).length).toBeGreaterThan(denials.length / 2);
    expect(new Set(attempts.map(({ name }) => name)).size).toBe(attempts.length);
  });

  it.each(roles)("is what IAM's simulation refuses to hw-%s, and no more", async (name) => {
    const iam = new IAMClient(runs.client);
    const wrong: string[] = [];
    for (const { name: what, allowed, right } of attempts) {
      const decision = await simulated(iam, name, right);
      if ((decision === "allowed") !== allowed.includes(name)) wrong.push(`${what}: ${decision}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(roles)("is refused to who has the credentials of hw-%s", async (name) => {
    const own = denials.filter(({ by }) => by === name);
    expect(await notRefused(own, { ...runs.client, credentials: sessions.get(name)! }, values)).toEqual([]);
  });

  it("has changed nothing where it was tried", async () => {
    expect(await inventory(runs.client)).toEqual(before);
    // The plans of all stacks compare the rest, with the permissions that pull requests have.
    const { workstation } = runs.session;
    const environment = { ...workstation.environment(), CODEBUILD_RESOLVED_SOURCE_VERSION: secondCommit };
    const output = await runDiff(workstation.clone, environment, await sessionOf("diff"));
    const summary = output.slice(output.lastIndexOf("Summary"));
    for (const stack of ["pipeline", "service-dev", "service-prod", "state"])
      expect(summary).toMatch(new RegExp(`${stack} +No changes\\.`));
  });
});

function gitHub() {
  const { github, githubToken } = runs.session;
  return { api: github.api, token: githubToken };
}

/** Credentials as the service gets them that takes the role. */
function sessionOf(name: string): Promise<Credentials> {
  if (name === "diff") return pullRequestSession(runs.client, ACCOUNT, gitHub());
  const step = /^pipeline-(.+)/.exec(name)?.[1];
  const [service, source] = step
    ? ["codebuild", `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/hw-${step}`]
    : name === "pipeline"
      ? ["codepipeline", `arn:aws:codepipeline:${REGION}:${ACCOUNT}:hw-pipeline`]
      : ["lambda", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:hw-${name}`];
  return assumeServiceRole(
    runs.session.aws.context,
    `${service}.amazonaws.com`,
    role(`hw-${name}`),
    "attempt",
    source,
  );
}

describe("what is granted", () => {
  it("is enough: nothing was refused to a role while it did its work", () => {
    const refused = used.filter(({ allowed, principal }) => !allowed && principal.includes(":role/hw-"));
    expect(refused).toEqual([]);
  });

  it.each(roles)("is all that hw-%s needs: each action of each statement was used", async (name) => {
    const { permissions } = (await deployedRole(new IAMClient(runs.client), `hw-${name}`))!;
    // What pull requests do was done last; all that was tried with the role before was refused.
    const decisions = name === "diff" ? await runs.session.emulator.decisions() : used;
    const own = decisions.filter((one) => one.principal === role(`hw-${name}`) && one.allowed);
    // An exception that is used after all has to go.
    expect(unusedActions(permissions, own).sort()).toEqual(unusedHere(name).sort());
  });
});

/** Last: nothing of this is taken back. */
footholds(() => ({ client: runs.client, sessions, values }));
