import { BatchGetBuildsCommand, CodeBuildClient, StopBuildCommand } from "@aws-sdk/client-codebuild";
import {
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  PutApprovalResultCommand,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { paginateListSubscriptionsByTopic, SNSClient, UnsubscribeCommand } from "@aws-sdk/client-sns";
import { setTimeout as pause } from "node:timers/promises";
import type { ActionChange } from "../../rehearsal/src/aws/state-change";
import { PipelineRuns, type Run } from "./pipeline-runs";
import { leaveOutDev } from "./quick-builds";
import { Subscriber } from "./subscriber";

/** One pipeline that fails in one way after the other, and somebody who has subscribed to the topic. */
jest.setTimeout(15 * 60_000);

const TOPIC = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
const EMAIL = "someone@example.com";

let runs: PipelineRuns;
let sns: SNSClient;
let subscriber: Subscriber;

beforeAll(async () => {
  const settings = { pipeline_self_update: "after-unit-test", pipeline_alarm_email: EMAIL };
  runs = await PipelineRuns.restored("bootstrapped", settings);
  leaveOutDev(runs.session.workstation.clone);
  await runs.commit("Leave dev out");
  await runs.session.workstation.bootstrap();
  // A change of the pipeline is approved. Nobody approves a deployment on their own.
  runs.lookAround = (says) =>
    says.startsWith("Change the pipeline") ? Promise.resolve() : new Promise(() => undefined);
  await runs.holdBefore("ManualApproval");
  sns = new SNSClient(runs.client);
  subscriber = await Subscriber.to(sns, TOPIC);
});

afterAll(async () => {
  subscriber?.end();
  sns?.destroy();
  await runs?.stop();
});

/** What the rule publishes of an execution that has failed. */
async function notification({ id }: Pick<Run, "id">): Promise<unknown> {
  const message = await subscriber.message(
    (one) => one.includes(id) && one.includes("Execution State Change"),
  );
  return (JSON.parse(message) as { detail: unknown }).detail;
}

const failed = ({ id }: Pick<Run, "id">) => ({
  pipeline: "hw-pipeline",
  "execution-id": id,
  state: "FAILED",
});

/** Waits for a change of an action in an execution of a commit. */
async function started(commit: string, action: string): Promise<ActionChange> {
  for (;;) {
    const [run] = await runs.of(commit);
    const found = runs.changes.find(
      (change): change is ActionChange =>
        change.kind === "action" && change.executionId === run?.id && change.action === action,
    );
    if (found) return found;
    await Promise.race([pause(200), runs.session.broken]);
  }
}

/** Waits for the only execution of a commit to fail. */
async function failure(commit: string): Promise<Run> {
  const [run] = await runs.until(commit, ([one]) => one?.status === "Failed");
  return run!;
}

it("a subscriber is notified of a build that somebody stops", async () => {
  const codebuild = new CodeBuildClient(runs.client);
  const commit = await runs.push();
  await started(commit, "UnitTest");
  const id = await buildOf(codebuild);
  await codebuild.send(new StopBuildCommand({ id }));
  const run = await failure(commit);
  expect(await notification(run)).toMatchObject(failed(run));
  codebuild.destroy();
});

/** The build that is under way. */
async function buildOf(codebuild: CodeBuildClient): Promise<string> {
  for (;;) {
    const found = runs.changes.find(
      (change) => change.kind === "build" && change.build.buildStatus === "IN_PROGRESS",
    );
    const id = found?.kind === "build" ? found.build.id : undefined;
    if (id !== undefined) {
      const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
      if (builds?.[0]?.buildStatus === "IN_PROGRESS") return id;
    }
    await Promise.race([pause(100), runs.session.broken]);
  }
}

it("a subscriber is notified of a source that cannot be read because the token has expired", async () => {
  const { github, workstation } = runs.session;
  github.renewToken("ghp_another");
  const { pipelineExecutionId: id } = await runs.codepipeline.send(
    new StartPipelineExecutionCommand({ name: runs.session.pipeline }),
  );
  expect(await notification({ id: id! })).toMatchObject(failed({ id: id! }));
  github.renewToken(workstation.githubToken);
});

it("a subscriber is notified of an approval that is rejected", async () => {
  const commit = await runs.push("Change nothing");
  await runs.until(commit, ([run]) => run?.stages.IntegrationTest === "Succeeded");
  await runs.codepipeline.send(
    new EnableStageTransitionCommand({
      pipelineName: runs.session.pipeline,
      stageName: "ManualApproval",
      transitionType: "Inbound",
    }),
  );
  const approval = await started(commit, "ManualApproval");
  await runs.codepipeline.send(
    new PutApprovalResultCommand({
      pipelineName: approval.pipeline,
      stageName: approval.stage,
      actionName: approval.action,
      token: await token(approval),
      result: { status: "Rejected", summary: "Not today" },
    }),
  );
  const run = await failure(commit);
  expect(await notification(run)).toMatchObject(failed(run));
  await runs.holdBefore("ManualApproval");
});

async function token({ pipeline, stage, action }: ActionChange): Promise<string | undefined> {
  const { stageStates } = await runs.codepipeline.send(new GetPipelineStateCommand({ name: pipeline }));
  const { actionStates } = stageStates!.find(({ stageName }) => stageName === stage)!;
  return actionStates?.find(({ actionName }) => actionName === action)?.latestExecution?.token;
}

async function subscriptions(): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const { Subscriptions } of paginateListSubscriptionsByTopic(
    { client: sns },
    { TopicArn: TOPIC },
  )) {
    for (const { Endpoint, SubscriptionArn, Protocol } of Subscriptions ?? [])
      if (Protocol === "email") all.push(`${Endpoint} ${SubscriptionArn}`);
  }
  return all;
}

it("a subscriber is subscribed again by SelfUpdate when the subscription is gone", async () => {
  const [before] = await subscriptions();
  await sns.send(new UnsubscribeCommand({ SubscriptionArn: before!.split(" ")[1] }));
  expect(await subscriptions()).toEqual([]);
  runs.edit("stacks/pipeline/stages.ts", (text) =>
    text.replace(/timeoutMinutes: \d+/g, "timeoutMinutes: 33"),
  );
  const commit = await runs.push("Change the pipeline");
  const found = await runs.until(
    commit,
    (all) => all[0]?.status === "Failed" || all[1]?.stages.SelfUpdate === "Skipped",
  );
  expect(found).toMatchObject([
    { stages: { SelfUpdate: "Cancelled" } },
    { stages: { SelfUpdate: "Skipped" } },
  ]);
  expect(await subscriptions()).toEqual([expect.stringContaining(EMAIL)]);
});

it("a subscriber is notified by an alarm that the rule could not publish", async () => {
  const RoleName = "hw-pipeline-failed";
  await new IAMClient(runs.client).send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rights" }));
  const { pipelineExecutionId } = await runs.codepipeline.send(
    new StartPipelineExecutionCommand({
      name: runs.session.pipeline,
      sourceRevisions: [{ actionName: "Source1", revisionType: "COMMIT_ID", revisionValue: "0".repeat(40) }],
    }),
  );
  await subscriber.message((one) => one.includes('"AlarmName": "hw-notification-failed"'));
  expect(subscriber.messages.filter((one) => one.includes(pipelineExecutionId!))).toEqual([]);
});
