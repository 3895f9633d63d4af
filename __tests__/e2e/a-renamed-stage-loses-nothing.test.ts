import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SETTINGS } from "../../rehearsal/src/session";
import { EarlierPipeline } from "./earlier-pipeline";
import type { Harness, Run } from "./harness";
import { inventory } from "./least-privilege/inventory";

/** The pipeline of a commit whose stage has another name is updated to the checked-out commit by a push. */
jest.setTimeout(20 * 60_000);

/** The last commit whose stage is named ConfirmRights. */
const EARLIER = "40a5a77998a07f43449ff7680aaf7f2837c626df";

const STATES = ["service-dev", "service-prod", "pipeline", "state"] as const;
const DOCUMENT = { Bucket: `${SETTINGS.hw_stack_bucket_name}-prod`, Key: "kept.txt" };

let pipeline: EarlierPipeline;
let harness: Harness;
let s3: S3Client;
/** The commits in the order in which they were pushed: before the update, with it, and while it runs. */
let commits: { earlier: string; current: string; next: string };
/** What the account had before the update. */
let before: Awaited<ReturnType<typeof account>>;
/** The execution that the update cancelled, and the one that took over. */
let updating: Run;
let last: Run;

beforeAll(async () => {
  pipeline = await EarlierPipeline.start(EARLIER);
  harness = pipeline.harness;
  s3 = new S3Client({ ...harness.client, forcePathStyle: true });
  const earlier = await harness.push();
  await pipeline.deliver(earlier);
  await s3.send(new PutObjectCommand({ ...DOCUMENT, Body: "kept" }));
  before = await account();

  const next = pushWhileSelfUpdateRuns();
  const current = await pipeline.pushCurrent();
  [updating] = (await harness.ended(current)) as [Run];
  if (updating.status === "Failed") throw new Error(`The update failed:\n${await harness.log(updating)}`);
  commits = { earlier, current, next: await next };
  // The update cancels the execution that the push started; SelfUpdate starts the one that delivers it.
  const runs = await harness.until(commits.next, "its last execution ends", (all) =>
    /Succeeded|Failed/.test(all.at(-1)?.status ?? ""),
  );
  last = runs.at(-1)!;
  if (last.status === "Failed") throw new Error(`The next run failed:\n${await harness.log(last)}`);
});

afterAll(async () => {
  s3?.destroy();
  await pipeline?.stop();
});

/** Pushes one more commit as soon as SelfUpdate is built. @returns the commit */
function pushWhileSelfUpdateRuns(): Promise<string> {
  return new Promise((resolve, reject) => {
    harness.session.aws.events.on("change", (change) => {
      if (change.kind !== "action" || change.action !== "SelfUpdate" || change.state !== "STARTED") return;
      harness.push("Change nothing").then(resolve, reject);
    });
  });
}

/** What the account has that the update must keep. */
async function account() {
  const { MetricAlarms = [] } = await new CloudWatchClient(harness.client).send(
    new DescribeAlarmsCommand({}),
  );
  const { logGroups = [] } = await new CloudWatchLogsClient(harness.client).send(
    new DescribeLogGroupsCommand({}),
  );
  return {
    everything: await inventory(harness.client),
    alarms: MetricAlarms.map(({ AlarmName, AlarmActions }) => ({ AlarmName, AlarmActions })),
    logGroups: logGroups.map(({ logGroupName, creationTime }) => ({ logGroupName, creationTime })),
    states: await Promise.all(STATES.map(state)),
  };
}

interface State {
  readonly lineage: string;
  readonly serial: number;
}

async function state(stack: string): Promise<State> {
  const { Body } = await s3.send(
    new GetObjectCommand({
      Bucket: `${SETTINGS.pipeline_bucket_name}-state`,
      Key: `${SETTINGS.hw_stack_name}/${stack}.tfstate`,
    }),
  );
  const { lineage, serial } = JSON.parse(await Body!.transformToString()) as State;
  return { lineage, serial };
}

it("updates itself after an approval that names the stage", () => {
  // It is asked because PlanOnProd now reads the source, too.
  expect(updating.stages).toMatchObject({ ConfirmRights: "Succeeded", DeployOnProd: "Succeeded" });
  expect(updating.stages.SelfUpdate).toMatch(/Succeeded|Cancelled/);
  expect(harness.approvals.filter((text) => text.includes("APPROVAL REMOVED: ConfirmRights"))).toHaveLength(
    1,
  );
});

it("delivers a push made while SelfUpdate runs, through the renamed stage", async () => {
  expect(last).toMatchObject({
    status: "Succeeded",
    stages: { ConfirmPermissions: "Skipped", DeployOnProd: "Succeeded", SelfUpdate: "Skipped" },
  });
  expect(last.stages).not.toHaveProperty("ConfirmRights");
  expect(await pipeline.live()).toBe(commits.next);
});

it("keeps every alarm, log group, state and document", async () => {
  const after = await account();
  expect(after.alarms).toEqual(expect.arrayContaining(before.alarms));
  expect(after.logGroups).toEqual(expect.arrayContaining(before.logGroups));
  for (const [index, { lineage, serial }] of before.states.entries()) {
    expect(after.states[index]!.lineage).toBe(lineage);
    expect(after.states[index]!.serial).toBeGreaterThanOrEqual(serial);
  }
  // Every version of every object, states and releases included.
  expect(after.everything.objects).toEqual(expect.arrayContaining(before.everything.objects));
  for (const kind of ["buckets", "queues", "roles", "apis", "functions", "topics", "projects"] as const) {
    expect(after.everything[kind]).toEqual(expect.arrayContaining(before.everything[kind] ?? []));
  }
  const { Body } = await s3.send(new GetObjectCommand(DOCUMENT));
  expect(await Body?.transformToString()).toBe("kept");
});

it("rolls production back to a version that was released before the update", async () => {
  expect((await harness.npm("rollback")).stdout).toContain(commits.earlier);
  const done = await harness.npm("rollback", [commits.earlier], `${commits.earlier.slice(0, 9)}\n`);
  expect(done).toMatchObject({ code: 0 });
  expect(await pipeline.live()).toBe(commits.earlier);
});
