import { ApiGatewayV2Client, GetApisCommand, GetStageCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PipelineNotFoundException,
} from "@aws-sdk/client-codepipeline";
import {
  GetAliasCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, S3Client } from "@aws-sdk/client-s3";
import { describeStatus } from "../../../tasks/status/describe";
import { errorsOf, readStatus, type Status } from "../../../tasks/status/status";
import { settingsWith } from "../../support/settings";

const LIVE = "1".repeat(40);
const NEXT = "2".repeat(40);
const at = new Date("2026-01-02T03:04:05Z");

/** What the services answer: the output of a command by its name, a function of its input, or an error. */
type Answers = Readonly<Record<string, object>>;

const usual: Answers = {
  GetAliasCommand: { FunctionVersion: "3" },
  GetApisCommand: {
    Items: [
      { Name: "hw-dev", ApiId: "d" },
      { Name: "hw-prod", ApiId: "p" },
    ],
  },
  GetStageCommand: { StageVariables: { commit: LIVE, version: "3" } },
  ListVersionsByFunctionCommand: {
    Versions: [
      { Version: "$LATEST" },
      version("3", LIVE, "2026-01-02T03:00:00.000+0000"),
      version("2", NEXT, "2026-01-01T03:00:00.000+0000"),
    ],
  },
  ListPipelineExecutionsCommand: {
    pipelineExecutionSummaries: [execution("e2", NEXT, "InProgress"), execution("e1", LIVE, "Succeeded")],
  },
  ListActionExecutionsCommand: {
    actionExecutionDetails: [
      approval("ConfirmPermissions", "arn:of:another"),
      approval("ManualApproval", "arn:of:reviewer"),
    ],
  },
  GetPipelineStateCommand: {
    stageStates: [
      { stageName: "UnitTest", latestExecution: { status: "Succeeded", pipelineExecutionId: "e2" } },
      {
        stageName: "ManualApproval",
        latestExecution: { status: "InProgress", pipelineExecutionId: "e2" },
        actionStates: [
          { latestExecution: { status: "Succeeded" } },
          { latestExecution: { status: "InProgress", token: "the-token", lastStatusChange: at } },
        ],
      },
      { stageName: "SelfUpdate" },
    ],
  },
  ListObjectsV2Command: {},
  GetObjectCommand: new NoSuchKey({ message: "", $metadata: {} }),
  DescribeAlarmsCommand: { MetricAlarms: [{ AlarmName: "hw-UnitTest-failed", StateUpdatedTimestamp: at }] },
};

function version(Version: string, COMMIT: string, LastModified: string) {
  return { Version, LastModified, Environment: { Variables: { COMMIT, VERSIONS: '{"record-object":"3"}' } } };
}

function execution(pipelineExecutionId: string, revisionId: string, status: string) {
  return { pipelineExecutionId, status, startTime: at, sourceRevisions: [{ revisionId }] };
}

function approval(name: string, updatedBy: string) {
  return { stageName: name, actionName: name, status: "Succeeded", updatedBy, lastUpdateTime: at };
}

/** The status with answers of its own in the place of the usual ones, and the inputs of all calls. */
async function statusOf(
  answers: Answers = {},
  commitsSince: (commit: string) => Promise<number> = () => Promise.resolve(2),
): Promise<{ status: Status; inputs: (name: string) => unknown[] }> {
  const calls: { name: string; input: unknown }[] = [];
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const config = { region: "eu-west-1", credentials };
  const clients = {
    apigateway: new ApiGatewayV2Client(config),
    lambda: new LambdaClient(config),
    codepipeline: new CodePipelineClient(config),
    cloudwatch: new CloudWatchClient(config),
    s3: new S3Client(config),
  };
  for (const client of Object.values(clients)) {
    client.send = ((command: { constructor: { name: string }; input: unknown }) => {
      const { name } = command.constructor;
      calls.push({ name, input: command.input });
      const answer = { ...usual, ...answers }[name] ?? new Error(`${name} was not expected`);
      if (answer instanceof Error) return Promise.reject(answer);
      const output: unknown =
        typeof answer === "function" ? (answer as (input: unknown) => unknown)(command.input) : answer;
      return Promise.resolve(output);
    }) as typeof client.send;
  }
  const status = await readStatus(clients, settingsWith(), commitsSince);
  return { status, inputs: (name) => calls.filter((one) => one.name === name).map(({ input }) => input) };
}

const missing = new ResourceNotFoundException({ message: "no alias", $metadata: {} });
const refused = Object.assign(new Error("not authorized to perform cloudwatch:DescribeAlarms"), {
  name: "AccessDenied",
});

describe("the status", () => {
  it("has production's commit, its reviewer and what it is behind", async () => {
    const asked: string[] = [];
    const { status, inputs } = await statusOf({}, (commit) => Promise.resolve(asked.push(commit) + 4));
    expect(status.production).toEqual({
      value: {
        versions: { api: "3", "record-object": "3" },
        commit: LIVE,
        versionCommit: LIVE,
        publishedAt: "2026-01-02T03:00:00.000+0000",
        approval: { by: "arn:of:reviewer", at },
      },
    });
    expect(status.behind).toEqual({ value: 5 });
    expect(asked).toEqual([LIVE]);
    // Only the executions of that commit are read.
    expect(inputs(ListActionExecutionsCommand.name)).toEqual([
      { pipelineName: "hw-pipeline", filter: { pipelineExecutionId: "e1" } },
    ]);
    expect(inputs(GetAliasCommand.name)).toContainEqual({ FunctionName: "hw-prod-api", Name: "live" });
  });

  it("has the delivered commit, which changed no function, and the reviewer of the versions", async () => {
    const delivered = "3".repeat(40);
    const { status, inputs } = await statusOf({
      GetStageCommand: { StageVariables: { commit: delivered, version: "3" } },
      ListPipelineExecutionsCommand: {
        pipelineExecutionSummaries: [
          execution("e3", delivered, "Succeeded"),
          execution("e1", LIVE, "Succeeded"),
        ],
      },
      ListActionExecutionsCommand: ({ filter }: { filter: { pipelineExecutionId: string } }) => ({
        actionExecutionDetails:
          filter.pipelineExecutionId === "e1" ? [approval("ManualApproval", "arn:of:reviewer")] : [],
      }),
    });
    expect(status.production).toMatchObject({
      value: { commit: delivered, versionCommit: LIVE, approval: { by: "arn:of:reviewer" } },
    });
    expect(inputs(GetStageCommand.name)).toEqual([{ ApiId: "p", StageName: "$default" }]);
    const text = describeStatus(status);
    expect(text).toContain(`commit ${delivered}\n`);
    expect(text).toContain(`last changed by commit ${LIVE}, published 2026-01-02T03:00Z`);
  });

  it("has the commit of the live versions, and the one whose versions are not live", async () => {
    const { status } = await statusOf({
      GetStageCommand: { StageVariables: { commit: NEXT, version: "4" } },
    });
    expect(status.production).toMatchObject({ value: { commit: LIVE, unreleased: NEXT } });
    expect(describeStatus(status)).toContain(
      `commit ${NEXT} was delivered later: its versions are being released, or were rolled back`,
    );
  });

  it.each([
    ["the API is missing", { [GetApisCommand.name]: { Items: [] } }],
    ["the stage has no variables", { GetStageCommand: {} }],
  ])("has the commit of the live versions where %s", async (_, answers) => {
    const { production } = (await statusOf(answers)).status;
    expect(production).toMatchObject({ value: { commit: LIVE, versionCommit: LIVE } });
    expect(production).not.toHaveProperty("value.unreleased");
  });

  it("has no commit where no deployment has the live versions", async () => {
    const { status } = await statusOf({ GetAliasCommand: { FunctionVersion: "9" } });
    expect(status.production).toEqual({ value: { versions: { api: "9", "record-object": "9" } } });
    expect(status.behind).toEqual({ value: undefined });
    expect(describeStatus(status)).toContain(
      "Production\n  unknown commit: no deployment has this set of versions\n  versions: api 9, record-object 9\n  The API is open to anyone (service_auth=none).\n\n",
    );
  });

  it("has no commit while only some functions have its versions, as during a release", async () => {
    const { status } = await statusOf({
      GetAliasCommand: ({ FunctionName }: { FunctionName: string }) => ({
        FunctionVersion: FunctionName === "hw-prod-api" ? "3" : "2",
      }),
    });
    expect(status.production).toEqual({ value: { versions: { api: "3", "record-object": "2" } } });
  });

  it("has the commit of a deployment from before one of the functions existed", async () => {
    const Environment = { Variables: { COMMIT: LIVE, VERSIONS: "{}" } };
    const { status } = await statusOf({
      ListVersionsByFunctionCommand: { Versions: [{ Version: "3", LastModified: "2026", Environment }] },
    });
    expect(status.production).toMatchObject({ value: { commit: LIVE, publishedAt: "2026" } });
  });

  it("names the reviewer in the execution that was approved, where a commit had several", async () => {
    const summaries = ["e3", "e2", "e1"].map((id) => execution(id, LIVE, "Succeeded"));
    const { status, inputs } = await statusOf({
      ListPipelineExecutionsCommand: { pipelineExecutionSummaries: summaries },
      ListActionExecutionsCommand: ({ filter }: { filter: { pipelineExecutionId: string } }) =>
        filter.pipelineExecutionId === "e2"
          ? {
              actionExecutionDetails: [
                { ...approval("ManualApproval", "arn:of:nothing"), actionName: "DeployOnProd" },
                approval("ManualApproval", "arn:of:reviewer"),
              ],
            }
          : {},
    });
    expect(status.production).toMatchObject({ value: { approval: { by: "arn:of:reviewer" } } });
    expect(inputs(ListActionExecutionsCommand.name)).toHaveLength(2);
  });

  it("reads the state of its own pipeline and the alarms and locks of its own stack", async () => {
    const { inputs } = await statusOf();
    expect(inputs(ListPipelineExecutionsCommand.name)).toEqual([
      { pipelineName: "hw-pipeline", maxResults: 100 },
    ]);
    expect(inputs(GetPipelineStateCommand.name)).toEqual([{ name: "hw-pipeline" }]);
    expect(inputs(DescribeAlarmsCommand.name)).toMatchObject([
      { AlarmNamePrefix: "hw-", StateValue: "ALARM" },
    ]);
    expect(inputs(ListObjectsV2Command.name)).toMatchObject([{ Prefix: "hw/" }]);
  });

  it("has nothing to show in an account in which nothing has happened yet", async () => {
    const nothing = {
      ListPipelineExecutionsCommand: {},
      GetPipelineStateCommand: {},
      DescribeAlarmsCommand: {},
    };
    const { status } = await statusOf(nothing);
    expect(status).toMatchObject({
      lastExecution: { value: undefined },
      pipeline: { value: { stages: [], approvals: [] } },
      alarms: { value: [] },
    });
    expect(describeStatus(status)).toContain("Pipeline\n  no execution yet\n");
    expect(describeStatus(status)).toContain("Alarms\n  none\n");
  });

  it.each([
    ["rejected", { ...approval("ManualApproval", "arn:r"), status: "Failed" }],
    ["timed out", { ...approval("ManualApproval", ""), updatedBy: undefined }],
    ["of another stage", approval("ConfirmPermissions", "arn:r")],
  ])("names no reviewer for an approval that was %s", async (_, detail) => {
    const { status } = await statusOf({ ListActionExecutionsCommand: { actionExecutionDetails: [detail] } });
    expect(status.production).toMatchObject({ value: { commit: LIVE } });
    expect(status.production).not.toHaveProperty("value.approval");
    expect(describeStatus(status)).toContain("no approval is recorded");
  });

  it.each([
    ["what CodePipeline says about it", "The window is closed.", "The window is closed."],
    ["its name where CodePipeline says nothing", undefined, "the rule deployment-window failed"],
  ])("shows the rule that an execution failed at the entry of a stage: %s", async (_, summary, reason) => {
    const rule = (status: string, ruleName: string) => ({
      ruleName,
      latestExecution: { status, ...(status === "Failed" && { summary }) },
    });
    const state = (status: string) => ({
      stageName: "DeployOnProd",
      latestExecution: { status: "Failed", pipelineExecutionId: "e2" },
      beforeEntryConditionState: {
        latestExecution: { status },
        conditionStates: [{ ruleStates: [rule("Succeeded", "other"), rule("Failed", "deployment-window")] }],
      },
    });
    const { status } = await statusOf({ GetPipelineStateCommand: { stageStates: [state("Failed")] } });
    expect(describeStatus(status)).toContain(`DeployOnProd: Failed (execution e2): ${reason}\n`);
    const { status: overridden } = await statusOf({
      GetPipelineStateCommand: { stageStates: [state("Overridden")] },
    });
    expect(describeStatus(overridden)).toContain("DeployOnProd: Failed (execution e2)\n");
  });

  it("says that production is not deployed yet", async () => {
    const { status } = await statusOf({ [GetAliasCommand.name]: missing });
    expect(status.production).toEqual({ value: undefined });
    expect(describeStatus(status)).toContain("Production\n  not deployed yet\n");
    expect(errorsOf(status)).toEqual([]);
  });

  it("says which pipeline is missing, once, and what it has read in spite of that", async () => {
    const gone = new PipelineNotFoundException({ message: "no", $metadata: {} });
    const { status } = await statusOf({ [ListPipelineExecutionsCommand.name]: gone });
    expect(errorsOf(status)).toEqual([
      expect.stringMatching(/^There is no pipeline hw-pipeline .* npm run bootstrap$/) as string,
    ]);
    expect(status.alarms).toEqual({ value: [{ name: "hw-UnitTest-failed", since: at }] });
  });

  it.each([
    DescribeAlarmsCommand,
    ListObjectsV2Command,
    GetObjectCommand,
    GetPipelineStateCommand,
    ListVersionsByFunctionCommand,
  ])("has everything but what cannot be read", async ({ name }) => {
    const { status } = await statusOf({ [name]: refused });
    expect(errorsOf(status)).toEqual([refused.message]);
    expect(describeStatus(status)).toContain(`not read: ${refused.message}`);
    expect(status.lastExecution).toEqual({
      value: { id: "e2", status: "InProgress", commit: NEXT, startedAt: at },
    });
  });

  it("has the reason where the executions cannot be read", async () => {
    const { status } = await statusOf({ [ListPipelineExecutionsCommand.name]: refused });
    expect(errorsOf(status)).toEqual([refused.message]);
  });

  it("keeps what it has read where origin does not answer", async () => {
    const { status } = await statusOf({}, () => Promise.reject(new Error("no origin")));
    expect(status.behind).toEqual({ error: "no origin" });
    expect(status.production).toMatchObject({ value: { commit: LIVE } });
  });
});

describe("the text of the status", () => {
  it("names the approval that waits, and never its token", async () => {
    const { status } = await statusOf();
    const text = describeStatus(status);
    expect(text).toContain("WAITS FOR AN APPROVAL in ManualApproval since 2026-01-02T03:04Z (execution e2)");
    expect(JSON.stringify(status) + text).not.toContain("the-token");
  });

  it("lists every part", async () => {
    const text = describeStatus((await statusOf()).status);
    expect(text).toContain(`commit ${LIVE}\n`);
    expect(text).toContain(`last changed by commit ${LIVE}, published 2026-01-02T03:00Z`);
    expect(text).toContain("versions: api 3, record-object 3");
    expect(text).toContain("approved by arn:of:reviewer at 2026-01-02T03:04Z");
    expect(text).toContain("2 commits behind the branch");
    expect(text).toContain(`last execution: InProgress, commit ${NEXT}, since 2026-01-02T03:04Z`);
    expect(text).toContain("Locked states\n  none");
    expect(text).toContain("Alarms\n  hw-UnitTest-failed since 2026-01-02T03:04Z");
    expect(text).toContain("Settings that weaken the barrier\n  none");
  });

  it("says that nothing was compared yet, and is no error", async () => {
    const { status, inputs } = await statusOf();
    expect(inputs(GetObjectCommand.name)).toEqual([
      { Bucket: "acme-heavy-water-artifacts-state", Key: "hw/drift.json" },
    ]);
    expect(errorsOf(status)).toEqual([]);
    expect(describeStatus(status)).toContain("Drift\n  not compared yet\n");
  });

  it("lists what differs from what was deployed, since when, and when it was compared", async () => {
    const stacks = {
      "service-prod": {
        at: "2026-01-02T03:04:05.000Z",
        since: "2026-01-01T03:04:05.000Z",
        lines: ["changed a of service-prod", "    timeout: 10 → 11\u202e"],
        digest: "d",
      },
      pipeline: { at: "2026-01-02T03:04:05.000Z", lines: [], digest: "" },
    };
    const Body = { transformToString: () => Promise.resolve(JSON.stringify({ stacks })) };
    const { status } = await statusOf({ GetObjectCommand: { Body } });
    expect(status.drift).toEqual({ value: stacks });
    expect(describeStatus(status)).toContain(
      [
        "Drift",
        "  service-prod: since 2026-01-01T03:04Z, compared at 2026-01-02T03:04Z",
        "    changed a of service-prod",
        "        timeout: 10 → 11\\u202e",
        "  pipeline: none, compared at 2026-01-02T03:04Z",
        "",
      ].join("\n"),
    );
  });

  it.each([
    [0, "up to date with the branch"],
    [1, "1 commit behind the branch"],
  ])("counts commits: %s", async (count, expected) => {
    const { status } = await statusOf({}, () => Promise.resolve(count));
    expect(describeStatus(status)).toContain(expected);
  });

  it("lists the settings that weaken the barrier, and escapes invisible characters", async () => {
    const { status } = await statusOf();
    const text = describeStatus({
      ...status,
      production: { error: "no\u202eanswer" },
      locks: { value: [{ stack: "pipeline", who: "a\u200bb", since: "2026-01-02T03:04:05Z" }] as never },
      weakenings: ["pipeline_manual_approval=false: no reviewer", "another"],
    });
    expect(text).toContain("Production\n  not read: no\\u202eanswer\n");
    expect(text).toContain("Locked states\n  pipeline: by a\\u200bb since 2026-01-02T03:04:05Z\n\n");
    expect(text).toMatch(
      /\n\nSettings that weaken the barrier\n {2}pipeline_manual_approval=false: no reviewer\n {2}another$/,
    );
  });

  it("says what is not known of an execution and of an approval", async () => {
    const { status } = await statusOf({
      ListPipelineExecutionsCommand: {
        pipelineExecutionSummaries: [{ status: "InProgress", sourceRevisions: [] }],
      },
      GetPipelineStateCommand: {
        stageStates: [
          {
            stageName: "ManualApproval",
            actionStates: [{ latestExecution: { status: "InProgress", token: "t" } }],
          },
        ],
      },
    });
    const text = describeStatus(status);
    expect(text).toContain("last execution: InProgress, commit not read, since an unknown time");
    expect(text).toContain("WAITS FOR AN APPROVAL in ManualApproval since an unknown time");
  });

  it.each(["InProgress", "Stopping", "Stopped", "Failed"])("shows a stage that is %s", async (status) => {
    const stageStates = [
      { stageName: "DeployOnDev", latestExecution: { status, pipelineExecutionId: "e3" } },
      { stageName: "Unknown", latestExecution: {} },
      // A build has no token: nothing to approve.
      {
        stageName: "SelfUpdate",
        latestExecution: { status: "Succeeded" },
        actionStates: [{ latestExecution: { status: "InProgress" } }, {}],
      },
    ];
    const { status: read } = await statusOf({ GetPipelineStateCommand: { stageStates } });
    expect(read.pipeline).toEqual({
      value: { stages: [{ name: "DeployOnDev", status, executionId: "e3" }], approvals: [] },
    });
  });

  it("shows a stage that failed", async () => {
    const latestExecution = { status: "Failed", pipelineExecutionId: "e3" };
    const { status } = await statusOf({
      GetPipelineStateCommand: { stageStates: [{ stageName: "IntegrationTest", latestExecution }] },
    });
    expect(describeStatus(status)).toContain("IntegrationTest: Failed (execution e3)");
    expect(describeStatus(status)).not.toContain("WAITS");
  });
});
