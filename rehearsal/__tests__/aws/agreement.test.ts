import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
  type ActionTypeId,
  type StageDeclaration,
} from "@aws-sdk/client-codepipeline";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import type { ActionChange, ExecutionChange, StageChange } from "../../src/aws/state-change";
import { ACCOUNT, REGION, sqs } from "../ministack/fixture";
import { eventually } from "../support/eventually";
import { buildStage, SmallAws } from "../support/small-aws";

jest.setTimeout(90_000);

type PipelineChange = ExecutionChange | StageChange | ActionChange;

/** An event as the targets of a rule receive it. */
interface PipelineEvent {
  readonly "detail-type": string;
  readonly source: string;
  readonly resources: string[];
  readonly detail: {
    readonly pipeline: string;
    readonly "execution-id": string;
    readonly version: number;
    readonly "pipeline-execution-attempt": number;
    readonly state: string;
    readonly stage?: string;
    readonly action?: string;
    readonly "action-execution-id"?: string;
    readonly type?: ActionTypeId;
  };
}

let small: SmallAws;
const changes: PipelineChange[] = [];
const events: PipelineEvent[] = [];

beforeAll(async () => {
  small = await SmallAws.start();
  small.aws.events.on("change", (change) => {
    if (change.kind === "execution" || change.kind === "stage" || change.kind === "action")
      changes.push(change);
  });
  await listen();
  await small.project("Pass", "true");
  await small.project("Flaky", `test -e '${gate()}'`);
  await small.project("Gate", `while ! test -e '${gate()}'; do sleep 0.02; done`);
});
beforeEach(() => rmSync(gate(), { force: true }));
afterAll(() => small.stop());

/** A file: builds of `Gate` wait for it, and those of `Flaky` fail without it. */
const gate = () => join(small.folder, "open");
const open = () => writeFileSync(gate(), "");

let QueueUrl: string;

/** Creates a rule that sends every event of CodePipeline to a queue. */
async function listen(): Promise<void> {
  const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:events`;
  const Principal = { Service: "events.amazonaws.com" };
  const Policy = { Statement: { Effect: "Allow", Principal, Action: "sqs:SendMessage", Resource: Arn } };
  ({ QueueUrl } = await sqs<{ QueueUrl: string }>(small.emulator, "CreateQueue", {
    QueueName: "events",
    Attributes: { Policy: JSON.stringify(Policy) },
  }));
  const bus = new EventBridgeClient(small.emulator.client());
  await bus.send(new PutRuleCommand({ Name: "all", EventPattern: '{"source":["aws.codepipeline"]}' }));
  const Targets = [{ Id: "queue", Arn }];
  await bus.send(new PutTargetsCommand({ Rule: "all", Targets }));
  bus.destroy();
}

/** Receives all messages in the queue. */
async function receive(): Promise<void> {
  for (;;) {
    // The longest visibility timeout: a received message must not return.
    const input = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
    type Output = { Messages?: { Body: string }[] };
    const { Messages = [] } = await sqs<Output>(small.emulator, "ReceiveMessage", input);
    if (Messages.length === 0) return;
    events.push(...Messages.map(({ Body }) => JSON.parse(Body) as PipelineEvent));
  }
}

/** Waits for this number of events of a pipeline, and returns them. */
async function eventsOf(pipeline: string, count: number): Promise<PipelineEvent[]> {
  const found = () => events.filter(({ detail }) => detail.pipeline === pipeline);
  await eventually(`${count} events of ${pipeline} arrive`, async () => {
    await receive();
    return found().length >= count;
  });
  return found();
}

/** Returns the expected event of a change. */
function eventOf(change: PipelineChange) {
  const of = { execution: "Pipeline", stage: "Stage", action: "Action" }[change.kind];
  return {
    "detail-type": `CodePipeline ${of} Execution State Change`,
    source: "aws.codepipeline",
    resources: [`arn:aws:codepipeline:${REGION}:${ACCOUNT}:${change.pipeline}`],
    detail: {
      pipeline: change.pipeline,
      "execution-id": change.executionId,
      version: change.version,
      "pipeline-execution-attempt": change.attempt,
      state: change.state,
      stage: change.kind === "execution" ? undefined : change.stage,
      action: change.kind === "action" ? change.action : undefined,
      "action-execution-id": change.kind === "action" ? change.actionExecutionId : undefined,
      type: change.kind === "action" ? TYPES[change.action] : undefined,
    },
  };
}

const build = { category: "Build", owner: "AWS", provider: "CodeBuild", version: "1" };
const TYPES: Readonly<Record<string, object>> = {
  Source1: { category: "Source", owner: "ThirdParty", provider: "GitHub", version: "1" },
  Pass: build,
  Flaky: build,
  Gate: build,
};

/** Returns the compared members of an event. */
function comparable({ "detail-type": detailType, source, resources, detail }: PipelineEvent) {
  return {
    "detail-type": detailType,
    source,
    resources,
    detail: {
      pipeline: detail.pipeline,
      "execution-id": detail["execution-id"],
      version: detail.version,
      "pipeline-execution-attempt": detail["pipeline-execution-attempt"],
      state: detail.state,
      stage: detail.stage,
      action: detail.action,
      "action-execution-id": detail["action-execution-id"],
      type: detail.type,
    },
  };
}

/** The statuses for the states of events. */
const STATUSES: Record<string, string> = {
  STARTED: "InProgress",
  RESUMED: "InProgress",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  STOPPING: "Stopping",
  STOPPED: "Stopped",
  SUPERSEDED: "Superseded",
  CANCELED: "Cancelled",
  ABANDONED: "Abandoned",
};

/** Derives the statuses of all executions, stages and actions from events alone. */
function statusesFrom(received: readonly PipelineEvent[]) {
  const executions: Record<string, string> = {};
  const stages: Record<string, object> = {};
  const actions: Record<string, object> = {};
  const runs: Record<string, object> = {};
  for (const { detail } of received) {
    const { stage, action, "execution-id": execution, "action-execution-id": run } = detail;
    const status = STATUSES[detail.state]!;
    if (action !== undefined) {
      // CodePipeline has one action status for both.
      const ofAction = status === "Cancelled" ? "Abandoned" : status;
      actions[`${stage}/${action}`] = { run, status: ofAction };
      runs[run!] = { execution, stage, action, status: ofAction };
    } else if (stage !== undefined) stages[stage] = { execution, status };
    else executions[execution] = status;
  }
  return { executions, stages, actions, runs };
}

/** Returns the same statuses as CodePipeline reports them. */
async function statusesOf(name: string): Promise<ReturnType<typeof statusesFrom>> {
  const { codepipeline } = small;
  const { stageStates = [] } = await codepipeline.send(new GetPipelineStateCommand({ name }));
  const details = await codepipeline.send(new ListActionExecutionsCommand({ pipelineName: name }));
  const executions = await codepipeline.send(new ListPipelineExecutionsCommand({ pipelineName: name }));
  const entered = stageStates.filter(({ latestExecution }) => latestExecution);
  const actions = stageStates.flatMap(({ stageName, actionStates = [] }) =>
    actionStates.flatMap(({ actionName, latestExecution: latest }) =>
      latest
        ? [[`${stageName}/${actionName}`, { run: latest.actionExecutionId, status: latest.status! }]]
        : [],
    ),
  );
  return {
    executions: Object.fromEntries(
      executions.pipelineExecutionSummaries!.map((one) => [one.pipelineExecutionId!, one.status!]),
    ),
    stages: Object.fromEntries(
      entered.map(({ stageName, latestExecution: latest }) => [
        stageName!,
        { execution: latest!.pipelineExecutionId, status: latest!.status },
      ]),
    ),
    actions: Object.fromEntries(actions) as Record<string, object>,
    runs: Object.fromEntries(
      details.actionExecutionDetails!.map((one) => [
        one.actionExecutionId!,
        {
          execution: one.pipelineExecutionId,
          stage: one.stageName,
          action: one.actionName,
          status: one.status,
        },
      ]),
    ),
  };
}

/** Checks that changes, events and operations agree on a pipeline. Resolves with the events of one execution. */
async function agreed(pipeline: string, execution: string): Promise<string[]> {
  const reported = changes.filter((change) => change.pipeline === pipeline && change.state);
  const received = await eventsOf(pipeline, reported.length);
  expect(received.map(comparable)).toEqual(reported.map(eventOf));
  expect(await statusesOf(pipeline)).toEqual(statusesFrom(received));
  return received.filter(({ detail }) => detail["execution-id"] === execution).map(line);
}

/** Such as `Stage Source STARTED`. */
function line({ "detail-type": detailType, detail }: PipelineEvent): string {
  const words = [kindOf(detailType), detail.action ?? detail.stage, detail.state];
  return words.filter(Boolean).join(" ");
}

/** `Pipeline`, `Stage` or `Action`. */
const kindOf = (detailType: string) => detailType.split(" ")[1]!;

/** Creates a pipeline, which starts it. Resolves with the ID of its execution. */
async function create(name: string, ...stages: StageDeclaration[]): Promise<string> {
  await small.codepipeline.send(new CreatePipelineCommand({ pipeline: small.pipeline(name, ...stages) }));
  return small.aws.codepipeline.get(name).executions[0]!.id;
}

async function start(name: string): Promise<string> {
  const { pipelineExecutionId } = await small.codepipeline.send(new StartPipelineExecutionCommand({ name }));
  return pipelineExecutionId!;
}

const stop = (pipelineName: string, pipelineExecutionId: string, abandon: boolean) =>
  small.codepipeline.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, abandon }));

/** Waits until an execution has started the build of `Gate`. */
const atGate = (pipeline: string, execution: string) =>
  eventually("the build of Gate has started", () => {
    const run = small.aws.codepipeline.get(pipeline).execution(execution)!.latest("Gate", "Gate");
    return run?.externalExecutionId !== undefined;
  });

const SOURCE = [
  "Pipeline STARTED",
  "Stage Source STARTED",
  "Action Source1 STARTED",
  "Action Source1 SUCCEEDED",
  "Stage Source SUCCEEDED",
];

/** The events of a stage with one action. */
const passed = (name: string, state: string) => [
  `Stage ${name} STARTED`,
  `Action ${name} STARTED`,
  `Action ${name} ${state}`,
  `Stage ${name} ${state}`,
];

it("agrees on an execution that succeeds", async () => {
  const id = await create("success", buildStage("Pass"));
  expect(await small.end(id)).toBe("Succeeded");
  expect(await agreed("success", id)).toEqual([
    ...SOURCE,
    ...passed("Pass", "SUCCEEDED"),
    "Pipeline SUCCEEDED",
  ]);
});

it("agrees on an execution that fails, and on the retry of its stage", async () => {
  const id = await create("failure", buildStage("Flaky"), buildStage("Pass"));
  expect(await small.end(id)).toBe("Failed");
  const failed = [...SOURCE, ...passed("Flaky", "FAILED"), "Pipeline FAILED"];
  expect(await agreed("failure", id)).toEqual(failed);
  open();
  await small.codepipeline.send(
    new RetryStageExecutionCommand({
      pipelineName: "failure",
      stageName: "Flaky",
      pipelineExecutionId: id,
      retryMode: "FAILED_ACTIONS",
    }),
  );
  expect(await small.end(id)).toBe("Succeeded");
  expect(await agreed("failure", id)).toEqual([
    ...failed,
    "Pipeline RESUMED",
    "Stage Flaky RESUMED",
    ...passed("Flaky", "SUCCEEDED").slice(1),
    ...passed("Pass", "SUCCEEDED"),
    "Pipeline SUCCEEDED",
  ]);
});

it("agrees on an execution that is stopped and abandons its build", async () => {
  const id = await create("abandoned", buildStage("Gate"), buildStage("Pass"));
  await atGate("abandoned", id);
  await stop("abandoned", id, true);
  expect(await small.end(id)).toBe("Stopped");
  expect(await agreed("abandoned", id)).toEqual([
    ...SOURCE,
    "Stage Gate STARTED",
    "Action Gate STARTED",
    "Pipeline STOPPING",
    "Action Gate ABANDONED",
    "Stage Gate STOPPED",
    "Pipeline STOPPED",
  ]);
  // The end of the abandoned build changes nothing.
  const { externalExecutionId } = small.aws.codepipeline.get("abandoned").execution(id)!.actions.at(-1)!;
  open();
  const isComplete = () => small.aws.codebuild.build(externalExecutionId!)!.buildComplete;
  await eventually("the build has finished", isComplete);
  expect((await agreed("abandoned", id)).at(-1)).toBe("Pipeline STOPPED");
});

it("agrees on an execution that is stopped after its build", async () => {
  const [gated, passing] = [buildStage("Gate"), buildStage("Pass")];
  const actions = [...gated.actions!, { ...passing.actions![0]!, runOrder: 2 }];
  const id = await create("stopped", { ...gated, actions });
  await atGate("stopped", id);
  await stop("stopped", id, false);
  open();
  expect(await small.end(id)).toBe("Stopped");
  expect(await agreed("stopped", id)).toEqual([
    ...SOURCE,
    "Stage Gate STARTED",
    "Action Gate STARTED",
    "Pipeline STOPPING",
    "Stage Gate STOPPING",
    "Action Gate SUCCEEDED",
    "Stage Gate STOPPED",
    "Pipeline STOPPED",
  ]);
});

it("agrees on an execution that is superseded while it waits for a stage", async () => {
  const first = await create("superseded", buildStage("Gate"));
  await atGate("superseded", first);
  const waiting = () => small.aws.codepipeline.get("superseded").stage("Gate")!.waiting[0]?.id;
  const second = await start("superseded");
  await eventually("the second execution waits", () => waiting() === second);
  const third = await start("superseded");
  expect(await small.end(second)).toBe("Superseded");
  open();
  expect([await small.end(first), await small.end(third)]).toEqual(["Succeeded", "Succeeded"]);
  expect(await agreed("superseded", second)).toEqual([...SOURCE, "Pipeline SUPERSEDED"]);
  const whole = [...SOURCE, ...passed("Gate", "SUCCEEDED"), "Pipeline SUCCEEDED"];
  expect(await agreed("superseded", first)).toEqual(whole);
  expect(await agreed("superseded", third)).toEqual(whole);
});

it("agrees on an execution whose pipeline is updated", async () => {
  const id = await create("updated", buildStage("Gate"));
  await atGate("updated", id);
  const pipeline = small.pipeline("updated", buildStage("Gate"), buildStage("Pass"));
  await small.codepipeline.send(new UpdatePipelineCommand({ pipeline }));
  expect(await agreed("updated", id)).toEqual([
    ...SOURCE,
    "Stage Gate STARTED",
    "Action Gate STARTED",
    "Action Gate CANCELED",
    "Stage Gate CANCELED",
    "Pipeline CANCELED",
  ]);
});

it("covers every state of CodePipeline", () => {
  const states = (kind: string) => {
    const found = events.filter((event) => kindOf(event["detail-type"]) === kind);
    return [...new Set(found.map(({ detail }) => detail.state))].sort();
  };
  const ofBoth = ["CANCELED", "FAILED", "RESUMED", "STARTED", "STOPPED", "STOPPING", "SUCCEEDED"];
  expect(states("Pipeline")).toEqual([...ofBoth, "SUPERSEDED"]);
  expect(states("Stage")).toEqual(ofBoth);
  expect(states("Action")).toEqual(["ABANDONED", "CANCELED", "FAILED", "STARTED", "SUCCEEDED"]);
});
