import { BatchGetBuildsCommand, CodeBuildClient, StopBuildCommand } from "@aws-sdk/client-codebuild";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  OverrideStageConditionCommand,
  PutApprovalResultCommand,
  StartPipelineExecutionCommand,
} from "@aws-sdk/client-codepipeline";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { paginateListSubscriptionsByTopic, SNSClient, UnsubscribeCommand } from "@aws-sdk/client-sns";
import type { ActionChange } from "../../rehearsal/src/aws/state-change";
import { commitStatuses } from "./commit-statuses";
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { Subscriber } from "./subscriber";
import { restore } from "./saved-world/restore";

/** A pipeline that fails in one way after another, and a subscriber of the failure topic. */
jest.setTimeout(15 * 60_000);

const TOPIC = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
const EMAIL = "operator@example.com";
/** Never open in these tests. */
const WINDOW = { cron: "* * * 1 JAN ? 2199", timeZone: "Europe/Berlin" };

let harness: Harness;
let sns: SNSClient;
let subscriber: Subscriber;
/** The commit whose approval is rejected. */
let rejected: string;

beforeAll(async () => {
  const settings = {
    pipeline_self_update: "after-unit-test",
    pipeline_alarm_email: EMAIL,
    pipeline_deployment_window: `${WINDOW.cron} ${WINDOW.timeZone}`,
  };
  harness = await restore(Harness, "bootstrapped", settings);
  leaveOutDev(harness.session.workstation.clone);
  await harness.commit("Leave dev out");
  await harness.session.workstation.bootstrap();
  // A change of the pipeline is approved, a deployment is not.
  harness.beforeApproval = (message) =>
    message.startsWith("Change the pipeline") ? Promise.resolve() : new Promise(() => undefined);
  await harness.holdBefore("PlanOnProd");
  sns = new SNSClient(harness.client);
  subscriber = await Subscriber.to(sns, TOPIC);
});

afterAll(async () => {
  subscriber?.end();
  sns?.destroy();
  await harness?.stop();
});

/** Returns what the rule publishes about a failed execution. */
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

/** Waits until an action of a commit's execution has started. */
function started(commit: string, action: string): Promise<ActionChange> {
  return harness.eventually(`${action} starts`, async () => {
    const [run] = await harness.runs(commit);
    return harness.changes.find(
      (change): change is ActionChange =>
        change.kind === "action" && change.executionId === run?.id && change.action === action,
    );
  });
}

describe("a subscriber", () => {
  it("is notified of a build that is stopped by hand", async () => {
    const codebuild = new CodeBuildClient(harness.client);
    const commit = await harness.push();
    await started(commit, "UnitTest");
    const id = await runningBuild(codebuild);
    await codebuild.send(new StopBuildCommand({ id }));
    const run = await harness.failed(commit);
    expect(await notification(run)).toMatchObject(failed(run));
    codebuild.destroy();
  });

  /** Returns the id of the build that is running. */
  function runningBuild(codebuild: CodeBuildClient): Promise<string> {
    return harness.eventually("a build is running", async () => {
      const ids = harness.changes.flatMap((one) => (one.kind === "build" ? [one.build.id!] : []));
      if (ids.length === 0) return undefined;
      const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids: [...new Set(ids)] }));
      return builds.find(({ buildStatus }) => buildStatus === "IN_PROGRESS")?.id;
    });
  }

  it("is notified of a source that cannot be read because the token has expired", async () => {
    const { github, workstation } = harness.session;
    github.renewToken("ghp_another");
    const { pipelineExecutionId: id } = await harness.codepipeline.send(
      new StartPipelineExecutionCommand({ name: harness.session.pipeline }),
    );
    expect(await notification({ id: id! })).toMatchObject(failed({ id: id! }));
    github.renewToken(workstation.githubToken);
  });

  it("is notified of an approval that is rejected", async () => {
    const commit = (rejected = await harness.push("Change nothing"));
    await harness.until(
      commit,
      "IntegrationTest succeeds",
      ([run]) => run?.stages.IntegrationTest === "Succeeded",
    );
    await letContinue();
    const approval = await started(commit, "ManualApproval");
    // The functions that set the statuses of two events at once keep no order.
    await harness.eventually("GitHub shows that the commit waits", async () => {
      const { ManualApproval } = await commitStatuses(harness, commit, "hw-pipeline");
      return ManualApproval !== undefined;
    });
    await harness.codepipeline.send(
      new PutApprovalResultCommand({
        pipelineName: approval.pipeline,
        stageName: approval.stage,
        actionName: approval.action,
        token: await token(approval),
        result: { status: "Rejected", summary: "Not today" },
      }),
    );
    const run = await harness.failed(commit);
    expect(await notification(run)).toMatchObject(failed(run));
    await harness.holdBefore("PlanOnProd");
  });

  /** Lets executions continue to production. */
  async function letContinue(): Promise<void> {
    await harness.codepipeline.send(
      new EnableStageTransitionCommand({
        pipelineName: harness.session.pipeline,
        stageName: "PlanOnProd",
        transitionType: "Inbound",
      }),
    );
  }

  async function token({ pipeline, stage, action }: ActionChange): Promise<string | undefined> {
    const { stageStates } = await harness.codepipeline.send(new GetPipelineStateCommand({ name: pipeline }));
    const { actionStates } = stageStates!.find(({ stageName }) => stageName === stage)!;
    return actionStates?.find(({ actionName }) => actionName === action)?.latestExecution?.token;
  }

  it("is notified once if commit statuses cannot be set, and the run continues", async () => {
    const { github, workstation } = harness.session;
    const commit = await harness.push("Change nothing again");
    await started(commit, "UnitTest");
    github.renewToken("ghp_another");
    const alarm = '"AlarmName": "hw-commit-statuses-failed"';
    try {
      await harness.until(
        commit,
        "IntegrationTest succeeds",
        ([run]) => run?.stages.IntegrationTest === "Succeeded",
      );
      await subscriber.message((one) => one.includes(alarm));
    } finally {
      github.renewToken(workstation.githubToken);
    }
    expect(subscriber.messages.filter((one) => one.includes(alarm))).toHaveLength(1);
    expect((await harness.runs(commit)).map(({ status }) => status)).toEqual(["InProgress"]);
  });

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

  it("is subscribed again by SelfUpdate when the subscription was deleted", async () => {
    const [before] = await subscriptions();
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: before!.split(" ")[1] }));
    expect(await subscriptions()).toEqual([]);
    harness.edit("stacks/pipeline/stages.ts", (text) =>
      text.replace(/timeoutMinutes: \d+/g, "timeoutMinutes: 33"),
    );
    const commit = await harness.push("Change the pipeline");
    const found = await harness.updated(commit);
    expect(found).toMatchObject([
      { stages: { SelfUpdate: "Cancelled" } },
      { stages: { SelfUpdate: "Skipped" } },
    ]);
    expect(await subscriptions()).toEqual([expect.stringContaining(EMAIL)]);
  });

  it("is not notified of an execution that arrives outside of the deployment window, which a reviewer overrides", async () => {
    harness.beforeApproval = () => Promise.resolve();
    await letContinue();
    const commit = await harness.push("Change nothing again");
    const run = await harness.failed(commit);
    expect(run.stages).toMatchObject({ ManualApproval: "Succeeded", DeployOnProd: "Failed" });
    const { output } = await harness.npm("status");
    expect(output).toContain(
      `DeployOnProd: Failed (execution ${run.id}): The deployment window ${WINDOW.cron} (${WINDOW.timeZone}) is closed.`,
    );

    await harness.codepipeline.send(
      new OverrideStageConditionCommand({
        pipelineName: harness.session.pipeline,
        stageName: "DeployOnProd",
        pipelineExecutionId: run.id,
        conditionType: "BEFORE_ENTRY",
      }),
    );
    expect(await harness.ended(commit)).toMatchObject([
      { status: "Succeeded", stages: { DeployOnProd: "Succeeded", VerifyProd: "Succeeded" } },
    ]);
    expect(subscriber.messages.filter((one) => one.includes(run.id))).toEqual([]);
    await expectLoggedOverride(run);
  });

  /** The log of approvals keeps who overrode a condition. */
  async function expectLoggedOverride({ id }: Run): Promise<void> {
    const logs = new CloudWatchLogsClient(harness.client);
    await harness.eventually("the override is logged", async () => {
      const { events = [] } = await logs.send(
        new FilterLogEventsCommand({ logGroupName: "/aws/events/hw-approvals" }),
      );
      return events.some(
        ({ message }) => message?.includes("OverrideStageCondition") && message.includes(id),
      );
    });
    logs.destroy();
  }

  it("is notified by an alarm that the rule could not publish", async () => {
    const RoleName = "hw-pipeline-failed";
    await new IAMClient(harness.client).send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rights" }));
    const { pipelineExecutionId } = await harness.codepipeline.send(
      new StartPipelineExecutionCommand({
        name: harness.session.pipeline,
        sourceRevisions: [
          { actionName: "Source1", revisionType: "COMMIT_ID", revisionValue: "0".repeat(40) },
        ],
      }),
    );
    await subscriber.message((one) => one.includes('"AlarmName": "hw-notification-failed"'));
    expect(subscriber.messages.filter((one) => one.includes(pipelineExecutionId!))).toEqual([]);
  });
});

describe("a commit on GitHub", () => {
  it("shows which stages it has passed, and that it waited for an approval", async () => {
    const { Source1, UnitTest, ConfirmPermissions, IntegrationTest, ManualApproval, DeployOnProd } =
      await commitStatuses(harness, rejected, "hw-pipeline");
    const passed = ["pending: In progress", "success: Succeeded"];
    // Each is set by a function of its own run, and EventBridge does not keep the order.
    expect([UnitTest?.toSorted(), IntegrationTest?.toSorted()]).toEqual([passed, passed]);
    expect(Source1).toEqual(["success: Succeeded"]);
    expect(ManualApproval).toEqual(["pending: Waiting for approval", "failure: Failed"]);
    // Skipped, and not reached.
    expect([ConfirmPermissions, DeployOnProd]).toEqual([undefined, undefined]);
  });
});
