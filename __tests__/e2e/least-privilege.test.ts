import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { BatchGetProjectsCommand, CodeBuildClient } from "@aws-sdk/client-codebuild";
import { IAMClient } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Credentials } from "../../rehearsal/src/aws/aws-context";
import { assumeServiceRole } from "../../rehearsal/src/aws/service-role";
import type { Decision } from "../../rehearsal/src/ministack/emulator";
import { smokeTest } from "../../rehearsal/src/smoke-test";
import { outputVariables } from "../../rehearsal/src/watch";
import { deployedRole } from "../../tasks/permissions/role";
import { ACCOUNT, REGION } from "../../rehearsal/__tests__/ministack/fixture";
import { role, type Deployed } from "./least-privilege/attempt";
import { attempts } from "./least-privilege/attempts";
import { change, prepare, ADDED_PERMISSION } from "./least-privilege/commits";
import { footholds } from "./least-privilege/footholds";
import { inventory } from "./least-privilege/inventory";
import { createOtherTeam } from "./least-privilege/other-team";
import { notDenied, simulated } from "./least-privilege/outcome";
import { unusedActions, unusedHere } from "./least-privilege/unused";
import { Harness, type Run } from "./harness";
import { pullRequestSession, runDiff } from "./pull-request";
import { runDriftRule } from "./drift-rule";
import { restore } from "./saved-world/restore";

/** A pipeline that does everything it is for, and then attempts with the credentials of its roles. */
jest.setTimeout(40 * 60_000);

const steps = [
  "UnitTest",
  "CheckBuild",
  "DeployOnDev",
  "IntegrationTest",
  "PlanOnProd",
  "DeployOnProd",
  "VerifyProd",
  "SelfUpdate",
];
const functions = ["dev", "prod"].flatMap((stage) => [`${stage}-api`, `${stage}-record-object`]);
/** The names of all roles, without the prefix `hw-`. */
const roles = [
  ...[...steps, "CheckDrift"].map((step) => `pipeline-${step}`),
  "pipeline",
  "pipeline-commit-statuses",
  ...functions,
  "diff",
];

/** The log of the function that the first commit adds, and the second removes. */
const SPARE_LOG = "/aws/lambda/hw-dev-spare";
const logs = () => new CloudWatchLogsClient(harness.client);

let harness: Harness;
/** What is deployed when ConfirmPermissions asks for an approval. */
let atApproval: { message: string; actions: string[]; commit: string; projects: number };
let first: Run[];
let second: Run[];
/** The retention of the log of that function, with the first commit and after the second. */
let spareLog: (number | undefined)[];
let devUrl: string;
let firstCommit: string;
let secondCommit: string;
let used: Decision[];

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped", {
    pipeline_alarm_email: "operator@example.com",
    service_old_version_days: "30",
  });
  await prepare(harness);
  await harness.session.workstation.bootstrap();
  // As if a function with that name had existed before: its log was kept.
  await logs().send(new CreateLogGroupCommand({ logGroupName: SPARE_LOG }));
  firstCommit = await harness.push();
  first = await deliver(firstCommit, 1);
  spareLog = [await retention(SPARE_LOG)];
  harness.beforeApproval = async (message) => {
    if (message.startsWith("Added permissions")) atApproval = { message, ...(await deployed()) };
  };
  secondCommit = await change(harness);
  second = await deliver(secondCommit, 2);
  spareLog.push(await retention(SPARE_LOG));
  await compareWithDeployed();
  used = await harness.session.emulator.decisions();
});

afterAll(() => harness?.stop());

/** Waits until the last of a commit's executions has deployed it, and uses both environments. */
async function deliver(commit: string, count: number): Promise<Run[]> {
  const executions = await harness.until(
    commit,
    `${count} executions end`,
    (all) => all[count - 1]?.status === "Succeeded" || all.some(({ status }) => status === "Failed"),
  );
  const last = executions.at(-1)!;
  if (last.status !== "Succeeded") throw new Error(await harness.log(last));
  const { session } = harness;
  const outputs = (action: string) => outputVariables(session.aws, session.pipeline, last.id, action);
  devUrl = (await outputs("DeployOnDev")).API_URL!;
  const { API_URL = "" } = await outputs("DeployOnProd");
  await smokeTest(API_URL, "prod", commit);
  await fetch(`${API_URL}/documents`);
  await useBucket(devUrl, "hw-rehearsal-documents-dev");
  await useBucket(API_URL, "hw-rehearsal-documents-prod");
  return executions;
}

/** Stores a document without the API and removes it again, so that the event function removes the record. */
async function useBucket(url: string, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...harness.client, forcePathStyle: true });
  const metadata = async () => (await fetch(`${url}/documents/beside/metadata`)).status;
  await s3.send(new PutObjectCommand({ Bucket, Key: "documents/beside", Body: "beside" }));
  await harness.eventually("the document is recorded", async () => (await metadata()) === 200);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "documents/beside" }));
  await harness.eventually("the record is removed", async () => (await metadata()) === 404);
}

/** Runs the rule that starts CheckDrift, and waits until the build has succeeded. */
async function compareWithDeployed(): Promise<void> {
  const { status, log } = await runDriftRule(harness);
  if (status !== "SUCCEEDED") throw new Error(log);
}

/** Returns the retention of a log group in days; undefined when there is none. */
async function retention(logGroupNamePrefix: string): Promise<number | undefined> {
  const { logGroups = [] } = await logs().send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
  return logGroups[0]?.retentionInDays;
}

it("imports the existing log of a function, and keeps it when the function is removed", () => {
  expect(spareLog).toEqual([90, 90]);
});

/** Returns what is deployed of the parts that the second commit changes. */
async function deployed() {
  const { permissions } = (await deployedRole(new IAMClient(harness.client), "hw-pipeline-DeployOnDev"))!;
  const { commit } = (await (await fetch(`${devUrl}/health`)).json()) as { commit: string };
  const { projects = [] } = await new CodeBuildClient(harness.client).send(
    new BatchGetProjectsCommand({ names: ["hw-PlanOnProd"] }),
  );
  return { actions: permissions.flatMap(({ Action = [] }) => Action), commit, projects: projects.length };
}

describe("a commit that adds a permission", () => {
  it("waits for an approval, and deploys nothing before", () => {
    // The first one added none.
    expect(first).toMatchObject([{ stages: { ConfirmPermissions: "Skipped", SelfUpdate: "Skipped" } }]);
    // The message names the role, the action and the resource.
    expect(atApproval.message).toContain(ADDED_PERMISSION);
    expect(atApproval).toMatchObject({ commit: firstCommit, projects: 0 });
    expect(atApproval.actions).not.toContain("s3:GetObjectVersion");
  });

  it("is deployed after the approval, and updates the pipeline once", async () => {
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
    const { Items = [] } = await new ApiGatewayV2Client(harness.client).send(new GetApisCommand({}));
    const state = { Bucket: "hw-rehearsal-artifacts-state", Key: "hw/pipeline.tfstate" };
    const s3 = new S3Client({ ...harness.client, forcePathStyle: true });
    const { VersionId } = await s3.send(new HeadObjectCommand(state));
    values = {
      api: Items.find(({ Name }) => Name === "hw-prod")!.ApiId!,
      stateVersion: VersionId!,
      otherTeamsKey: await createOtherTeam(harness.client),
    };
    before = await inventory(harness.client);
  });

  it("is more than two thousand attempts, most of them real requests", () => {
    expect(denials.length).toBeGreaterThan(2000);
    expect(denials.filter(({ send }) => send).length).toBeGreaterThan(denials.length / 2);
    expect(new Set(attempts.map(({ name }) => name)).size).toBe(attempts.length);
  });

  it.each(roles)("is exactly what IAM's policy simulation denies hw-%s", async (name) => {
    const iam = new IAMClient(harness.client);
    const wrong: string[] = [];
    for (const { name: what, allowed, permission } of attempts) {
      const decision = await simulated(iam, name, permission);
      if ((decision === "allowed") !== allowed.includes(name)) wrong.push(`${what}: ${decision}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(roles)("is denied to a client with the credentials of hw-%s", async (name) => {
    const own = denials.filter(({ by }) => by === name);
    expect(await notDenied(own, { ...harness.client, credentials: sessions.get(name)! }, values)).toEqual([]);
  });

  it("has changed nothing", async () => {
    expect(await inventory(harness.client)).toEqual(before);
    // The plans of all stacks compare the rest, with the permissions of pull requests.
    const { workstation } = harness.session;
    const environment = { ...workstation.environment(), CODEBUILD_RESOLVED_SOURCE_VERSION: secondCommit };
    const output = await runDiff(workstation.clone, environment, await sessionOf("diff"));
    const summary = output.slice(output.lastIndexOf("Summary"));
    for (const stack of ["pipeline", "service-dev", "service-prod", "state"])
      expect(summary).toMatch(new RegExp(`${stack} +No changes\\.`));
  });
});

function gitHub() {
  const { github, githubToken } = harness.session;
  return { api: github.api, token: githubToken };
}

/** Returns credentials of a role, as the service gets them that assumes it. */
function sessionOf(name: string): Promise<Credentials> {
  if (name === "diff") return pullRequestSession(harness.client, ACCOUNT, gitHub());
  const step = /^pipeline-([A-Z].+)/.exec(name)?.[1];
  const [service, source] = step
    ? ["codebuild", `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/hw-${step}`]
    : name === "pipeline"
      ? ["codepipeline", `arn:aws:codepipeline:${REGION}:${ACCOUNT}:hw-pipeline`]
      : ["lambda", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:hw-${name}`];
  return assumeServiceRole(
    harness.session.aws.context,
    `${service}.amazonaws.com`,
    role(`hw-${name}`),
    "attempt",
    source,
  );
}

describe("what is granted", () => {
  it("is enough: no role was denied anything while the pipeline worked", () => {
    const denied = used.filter(({ allowed, principal }) => !allowed && principal.includes(":role/hw-"));
    expect(denied).toEqual([]);
  });

  it.each(roles)("is not more than hw-%s needs: each action of each statement was used", async (name) => {
    const { permissions } = (await deployedRole(new IAMClient(harness.client), `hw-${name}`))!;
    // The plans for pull requests come last; everything attempted with that role before was denied.
    const decisions = name === "diff" ? await harness.session.emulator.decisions() : used;
    const own = decisions.filter((one) => one.principal === role(`hw-${name}`) && one.allowed);
    // An exception that is used must be removed.
    expect(unusedActions(permissions, own).sort()).toEqual(unusedHere(name).sort());
  });
});

/** Last, because these changes of roles are not reverted. */
footholds(() => ({ client: harness.client, sessions, values }));
