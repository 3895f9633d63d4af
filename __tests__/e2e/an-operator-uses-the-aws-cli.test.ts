import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "@aws-sdk/client-codebuild";
import type {
  ActionExecutionDetail,
  PipelineDeclaration,
  PipelineExecutionSummary,
  StageState,
} from "@aws-sdk/client-codepipeline";
import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import { approvalStage, buildStage, SmallAws } from "../../rehearsal/__tests__/support/small-aws";
import { eventually } from "../../rehearsal/__tests__/support/eventually";
import { python } from "./aws-cli/python";

jest.setTimeout(10 * 60_000);

let small: SmallAws;

beforeAll(async () => {
  small = await SmallAws.start();
  await createEverything();
}, 300_000);
afterAll(() => small.stop());

/** Stops what a failed test has left running. */
afterEach(() => {
  for (const file of [broken(), held()]) rmSync(file, { force: true });
  const { engine } = small.aws.codepipeline;
  const pipeline = small.aws.codepipeline.get("delivery");
  for (const execution of pipeline.executions.filter(({ isActive }) => isActive)) {
    engine.stop(pipeline, execution, true, "The test is over.");
  }
});

/** While the first file exists, UnitTest fails. While the second one exists, it keeps running. */
const broken = () => join(small.folder, "broken");
const held = () => join(small.folder, "held");

/** Runs `aws …`. @returns what it printed @throws an error with its stderr */
const text = (...args: string[]) => python(small, "-m", "awscli", ...args);

async function aws<T = unknown>(...args: string[]): Promise<T> {
  const printed = await text(...args, "--output", "json");
  return (printed === "" ? undefined : JSON.parse(printed)) as T;
}

const errorOf = (...args: string[]) =>
  text(...args).then(
    () => "none",
    (error: { stderr: string }) => error.stderr.trim(),
  );

const pipeline = (operation: string, ...args: string[]) => ["codepipeline", operation, ...args];

async function createEverything(): Promise<void> {
  const project = (name: string, ...commands: string[]) =>
    aws(
      "codebuild",
      "create-project",
      "--cli-input-json",
      JSON.stringify({
        name,
        serviceRole: `arn:aws:iam::${small.aws.context.account}:role/build`,
        source: {
          type: "CODEPIPELINE",
          buildspec: JSON.stringify({ version: "0.2", phases: { build: { commands } } }, undefined, 1),
        },
        artifacts: { type: "CODEPIPELINE" },
        environment: { type: "LINUX_CONTAINER", image: "i", computeType: "BUILD_GENERAL1_SMALL" },
      }),
    );
  const wait = `while test -e '${held()}'; do sleep 0.05; done`;
  await project("UnitTest", 'echo "It says $(cat greeting.txt)"', wait, `test ! -e '${broken()}'`);
  await project("Deploy", "echo deployed");
  const stages = [buildStage("UnitTest"), approvalStage("Approval"), buildStage("Deploy")];
  const input: { pipeline: PipelineDeclaration } = { pipeline: small.pipeline("delivery", ...stages) };
  await aws(...pipeline("create-pipeline"), "--cli-input-json", JSON.stringify(input));
}

async function start(): Promise<string> {
  const { pipelineExecutionId } = await aws<{ pipelineExecutionId: string }>(
    ...pipeline("start-pipeline-execution", "--name", "delivery"),
  );
  return pipelineExecutionId;
}

async function state(stage: string): Promise<StageState> {
  const { stageStates } = await aws<{ stageStates: StageState[] }>(
    ...pipeline("get-pipeline-state", "--name", "delivery"),
  );
  return stageStates.find(({ stageName }) => stageName === stage)!;
}

/** Sends a request until its response satisfies a check: each call of the CLI takes seconds on a busy machine. */
async function until<T>(request: () => Promise<T>, check: (response: T) => unknown): Promise<T> {
  const [response] = await eventually(
    "the CLI prints what the test waits for",
    async () => {
      const latest = await request();
      return check(latest) ? ([latest] as const) : undefined;
    },
    180,
  );
  return response;
}

const isIn = (execution: string, status: string) => (stage: StageState) =>
  stage.latestExecution?.pipelineExecutionId === execution && stage.latestExecution.status === status;

/** Returns the token of the approval that an execution waits for. */
async function token(execution: string): Promise<string> {
  const { actionStates } = await until(
    () => state("Approval"),
    (stage) => isIn(execution, "InProgress")(stage) && stage.actionStates![0]!.latestExecution?.token,
  );
  return actionStates![0]!.latestExecution!.token!;
}

const decide = (withToken: string, status: "Approved" | "Rejected", summary: string) => [
  ...pipeline("put-approval-result", "--pipeline-name", "delivery", "--stage-name", "Approval"),
  ...["--action-name", "Approval", "--token", withToken, "--result", `summary=${summary},status=${status}`],
];

async function executions(): Promise<PipelineExecutionSummary[]> {
  const { pipelineExecutionSummaries } = await aws<{
    pipelineExecutionSummaries: PipelineExecutionSummary[];
  }>(...pipeline("list-pipeline-executions", "--pipeline-name", "delivery"));
  return pipelineExecutionSummaries;
}

/** Waits until an execution has a status. @returns its summary */
async function ended(execution: string, status: string): Promise<PipelineExecutionSummary> {
  const find = (all: PipelineExecutionSummary[]) =>
    all.find((one) => one.pipelineExecutionId === execution && one.status === status);
  return find(await until(executions, find))!;
}

async function actions(execution: string): Promise<ActionExecutionDetail[]> {
  const { actionExecutionDetails } = await aws<{ actionExecutionDetails: ActionExecutionDetail[] }>(
    ...pipeline("list-action-executions", "--pipeline-name", "delivery"),
    ...["--filter", `pipelineExecutionId=${execution}`],
  );
  return actionExecutionDetails;
}

describe("an operator with the AWS CLI", () => {
  it("follows an execution, reads its log, and approves it", async () => {
    const [first] = await until(executions, (all) => all.length > 0);
    expect(first).toMatchObject({ trigger: { triggerType: "CreatePipeline" } });
    const execution = first!.pipelineExecutionId!;
    const approval = await token(execution);

    const unitTest = (await actions(execution)).find(({ actionName }) => actionName === "UnitTest")!;
    expect(unitTest.status).toBe("Succeeded");
    const id = unitTest.output!.executionResult!.externalExecutionId!;
    const { builds } = await aws<{ builds: Build[] }>("codebuild", "batch-get-builds", "--ids", id);
    expect(builds).toMatchObject([{ id, buildStatus: "SUCCEEDED", initiator: "codepipeline/delivery" }]);
    const { groupName = "", streamName = "" } = builds[0]!.logs!;
    const inGroup = ["--log-group-name", groupName];
    const { events } = await aws<{ events: FilteredLogEvent[] }>(
      ...["logs", "get-log-events", ...inGroup, "--log-stream-name", streamName, "--start-from-head"],
    );
    const lines = events.map(({ message }) => message);
    expect(lines).toContain("It says hello");
    expect(lines.some((line) => line?.includes("Phase complete: BUILD State: SUCCEEDED"))).toBe(true);
    // The request of `aws logs tail`, a command of AWS CLI 2, which is not on PyPI.
    const since = ["--start-time", String(Date.now() - 3_600_000)];
    const found = await aws<{ events: FilteredLogEvent[] }>(
      ...["logs", "filter-log-events", ...inGroup, ...since, "--filter-pattern", '"It says"'],
    );
    expect(found.events.map(({ message }) => message)).toContain("It says hello");

    expect(await errorOf(...decide("00000000-0000-0000-0000-000000000000", "Approved", "no"))).toMatch(
      /\(InvalidApprovalTokenException\) when calling the PutApprovalResult operation: ./,
    );
    await aws(...decide(approval, "Approved", "fine"));
    await ended(execution, "Succeeded");
    expect(await errorOf(...decide(approval, "Approved", "again"))).toContain(
      "(ApprovalAlreadyCompletedException)",
    );
    const done = await actions(execution);
    expect(done.map(({ actionName, status }) => `${actionName} ${status}`)).toEqual([
      "Deploy Succeeded",
      "Approval Succeeded",
      "UnitTest Succeeded",
      "Source1 Succeeded",
    ]);
  });

  it("rejects an execution, which then deploys nothing", async () => {
    const execution = await start();
    await aws(...decide(await token(execution), "Rejected", "not-today"));
    await ended(execution, "Failed");
    const [approval, ...before] = await actions(execution);
    expect(approval).toMatchObject({
      actionName: "Approval",
      status: "Failed",
      output: { executionResult: { errorDetails: { message: "Rejected: not-today" } } },
    });
    expect(before.map(({ actionName }) => actionName)).not.toContain("Deploy");
  });

  it("retries a failed stage, and stops the execution", async () => {
    writeFileSync(broken(), "");
    const execution = await start();
    const failed = await until(() => state("UnitTest"), isIn(execution, "Failed"));
    expect(failed.actionStates![0]!.latestExecution!.errorDetails!.message).toMatch(
      /Phase: BUILD, Code: COMMAND_EXECUTION_ERROR/,
    );
    const retry = [
      ...pipeline("retry-stage-execution", "--pipeline-name", "delivery", "--stage-name", "UnitTest"),
      ...["--pipeline-execution-id", execution, "--retry-mode", "FAILED_ACTIONS"],
    ];
    rmSync(broken());
    await aws(...retry);
    await token(execution);
    expect(await errorOf(...retry)).toMatch(/\((StageNotRetryable|NotLatestPipelineExecution)Exception\)/);

    const stop = [
      ...pipeline("stop-pipeline-execution", "--pipeline-name", "delivery"),
      ...["--pipeline-execution-id", execution, "--abandon", "--reason", "lunch"],
    ];
    await aws(...stop);
    expect(await ended(execution, "Stopped")).toMatchObject({ stopTrigger: { reason: "lunch" } });
    expect(await errorOf(...stop)).toContain("(PipelineExecutionNotStoppableException)");
  });

  it("stops an execution after its running build", async () => {
    writeFileSync(held(), "");
    const execution = await start();
    await until(() => state("UnitTest"), isIn(execution, "InProgress"));
    await aws(
      ...pipeline("stop-pipeline-execution", "--pipeline-name", "delivery"),
      ...["--pipeline-execution-id", execution, "--reason", "wait"],
    );
    await ended(execution, "Stopping");
    rmSync(held());
    await ended(execution, "Stopped");
    expect((await actions(execution))[0]).toMatchObject({ actionName: "UnitTest", status: "Succeeded" });
  });

  it("disables the transition into production, and enables it again", async () => {
    const inbound = ["--pipeline-name", "delivery", "--stage-name", "Deploy", "--transition-type", "Inbound"];
    await aws(...pipeline("disable-stage-transition", ...inbound, "--reason", "holidays"));
    const execution = await start();
    await aws(...decide(await token(execution), "Approved", "fine"));
    const waiting = await until(
      () => state("Deploy"),
      ({ inboundExecution }) => inboundExecution?.pipelineExecutionId === execution,
    );
    expect(waiting.inboundTransitionState).toMatchObject({ enabled: false, disabledReason: "holidays" });
    await aws(...pipeline("enable-stage-transition", ...inbound));
    await ended(execution, "Succeeded");
    expect((await state("Deploy")).inboundTransitionState?.enabled).toBe(true);
  });

  it("gets errors that name what does not exist", async () => {
    expect(await errorOf(...pipeline("get-pipeline", "--name", "none"))).toContain(
      "(PipelineNotFoundException)",
    );
    expect(await errorOf(...pipeline("list-action-types"))).toMatch(
      /\(UnknownOperationException\).*CodePipeline\.ListActionTypes is not emulated/,
    );
    const { builds, buildsNotFound } = await aws<{ builds: Build[]; buildsNotFound: string[] }>(
      ...["codebuild", "batch-get-builds", "--ids", "UnitTest:none"],
    );
    expect({ builds, buildsNotFound }).toEqual({ builds: [], buildsNotFound: ["UnitTest:none"] });
  });
});
