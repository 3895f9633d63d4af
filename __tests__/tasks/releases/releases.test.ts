import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { namesOf } from "../../../stacks/names";
import {
  apiVersion,
  goLive,
  isReleasing,
  isUnsettled,
  readLive,
  readReleases,
  refuseWhileReleasing,
  versionsOf,
} from "../../../tasks/releases/releases";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
let client: CodePipelineClient;

beforeAll(async () => {
  aws = await awsOfThisProcess();
  client = new CodePipelineClient();
});
afterAll(() => {
  client.destroy();
  aws.stop();
});

/** The pipeline is in a stage, and all others are over. */
function busyIn(stage: string | undefined): void {
  const stages = [
    "UnitTest",
    "DeployOnProd",
    "ReleaseApi",
    "ReleaseRecordObject",
    "VerifyProd",
    "SelfUpdate",
  ];
  const stageStates = stages.map((stageName) => ({
    stageName,
    latestExecution: {
      pipelineExecutionId: `run-in-${stageName}`,
      status: stageName === stage ? "InProgress" : "Stopped",
    },
  }));
  // A stage that nothing has come to yet has no execution.
  aws.answer = () => ({
    body: { stageStates: [...stageStates, { stageName: "Later" }] },
  });
}

describe("a rollback by hand", () => {
  it.each(["DeployOnProd", "ReleaseApi", "ReleaseRecordObject"])(
    "is refused while the pipeline is in %s, with the command that stops it",
    async (stage) => {
      busyIn(stage);
      await expect(refuseWhileReleasing(client, "hw-pipeline")).rejects.toThrow(
        new RegExp(
          `Nothing was changed: the pipeline is in ${stage}\\.[^]*--pipeline-name hw-pipeline --pipeline-execution-id run-in-${stage}$`,
        ),
      );
    },
  );

  it.each(["UnitTest", "VerifyProd", "SelfUpdate", undefined])(
    "is not refused while it is in %s",
    async (stage) => {
      busyIn(stage);
      await expect(refuseWhileReleasing(client, "hw-pipeline")).resolves.toBeUndefined();
      expect(aws.calls.at(-1)).toEqual({
        operation: "GetPipelineState",
        input: { name: "hw-pipeline" },
      });
    },
  );
});

it("a pipeline that has never reached production is neither releasing nor in the way of a rollback", async () => {
  aws.answer = () => ({
    body: { stageStates: ["DeployOnProd", "ReleaseApi"].map((stageName) => ({ stageName })) },
  });
  expect(await isReleasing(client, "hw-pipeline")).toBe(false);
  await expect(refuseWhileReleasing(client, "hw-pipeline")).resolves.toBeUndefined();
});

it.each<[string | undefined, boolean]>([
  ["ReleaseApi", true],
  ["ReleaseRecordObject", true],
  // That is where the question is asked.
  ["DeployOnProd", false],
  ["VerifyProd", false],
  [undefined, false],
])("a split alias belongs to a rollout if the pipeline is in %s: %s", async (stage, expected) => {
  busyIn(stage);
  expect(await isReleasing(client, "hw-pipeline")).toBe(expected);
});

it.each<[string | undefined, boolean]>([
  ["ReleaseApi", true],
  ["ReleaseRecordObject", true],
  ["VerifyProd", true],
  ["DeployOnProd", false],
  ["SelfUpdate", false],
  [undefined, false],
])(
  "a live version can still be replaced by its run if the pipeline is in %s: %s",
  async (stage, expected) => {
    busyIn(stage);
    expect(await isUnsettled(client, "hw-pipeline")).toBe(expected);
  },
);

describe("the versions that were deployed together", () => {
  it("are in a variable of the API's version", () => {
    const Environment = {
      Variables: { COMMIT: "c0ffee", VERSIONS: '{"record-object":"3"}' },
    };
    expect(versionsOf({ Version: "7", Environment })).toEqual({
      api: "7",
      "record-object": "3",
    });
  });

  it("are in the description of an API's version that was deployed before 0.1.0", () => {
    const Description = "With version 13 of hw-prod-record-object";
    expect(versionsOf({ Version: "7", Description })).toEqual({
      api: "7",
      "record-object": "13",
    });
  });

  it("are unknown if the version has neither", () => {
    expect(versionsOf({ Version: "7" })).toBeUndefined();
    for (const Description of ["Deployed. With version 3 of x", "With version x of y", "With version 3"])
      expect(versionsOf({ Version: "7", Description })).toBeUndefined();
  });
});

describe("the releases of production", () => {
  const names = namesOf(settingsWith());
  const version = (Version: string, Variables?: Record<string, string>, LastModified?: string) => ({
    Version,
    LastModified,
    Environment: Variables && { Variables },
  });
  const lambda = () => new LambdaClient();
  const list = "/2015-03-31/functions/hw-prod-api/versions";

  it("are the versions of the API that say which commit and versions they are, the newest first", async () => {
    const VERSIONS = '{"record-object":"3"}';
    const pages = [
      [version("$LATEST", { COMMIT: "latest", VERSIONS }), version("2", { COMMIT: "two", VERSIONS })],
      [
        version("10", { COMMIT: "ten", VERSIONS }, "2027-01-02"),
        version("3", { COMMIT: "three" }),
        version("4", { VERSIONS }),
        version("5"),
      ],
    ];
    aws.answer = ({ input }) => {
      const page = Number(/Marker=(\d)/.exec(String(input.path))?.[1] ?? 0);
      return {
        body: {
          Versions: pages[page],
          NextMarker: page === 0 ? "1" : undefined,
        },
      };
    };
    aws.calls.length = 0;
    const releases = await readReleases(lambda(), names);
    expect(releases).toEqual([
      {
        commit: "ten",
        at: "2027-01-02",
        versions: { api: "10", "record-object": "3" },
      },
      { commit: "two", at: "", versions: { api: "2", "record-object": "3" } },
    ]);
    expect(releases.map(apiVersion)).toEqual([10, 2]);
    expect(String(aws.calls[0]?.input.path)).toContain(list);
    aws.answer = () => ({ body: {} });
    expect(await readReleases(lambda(), names, "dev")).toEqual([]);
    expect(String(aws.calls.at(-1)?.input.path)).toContain(list.replace("prod", "dev"));
  });

  it("are live where the aliases point to them", async () => {
    aws.answer = ({ input }) =>
      String(input.path).includes("hw-prod-api")
        ? { body: { FunctionVersion: "7", RevisionId: "r" } }
        : { body: {} };
    aws.calls.length = 0;
    expect(await readLive(lambda(), names)).toEqual({
      api: { name: "hw-prod-api", version: "7", revision: "r" },
      "record-object": {
        name: "hw-prod-record-object",
        version: "",
        revision: undefined,
      },
    });
    expect(aws.calls.map(({ input }) => input.path).sort()).toEqual(
      ["api", "record-object"].map((name) => `/2015-03-31/functions/hw-prod-${name}/aliases/live`),
    );
  });

  it("go live by moving each alias that they have a version for, with all traffic", async () => {
    const live = {
      api: { name: "hw-prod-api", version: "7", revision: "r" },
      "record-object": {
        name: "hw-prod-record-object",
        version: "3",
        revision: "s",
      },
    };
    const send = jest.fn((_command: { readonly input: object }) => Promise.resolve({}));
    const client = Object.assign(lambda(), { send });
    const update = (FunctionName: string, FunctionVersion: string, RevisionId: string) => ({
      ...{ FunctionName, FunctionVersion, RevisionId },
      Name: "live",
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
    await goLive(client, live, {
      versions: { api: "6", "record-object": "2" },
    });
    expect(send.mock.calls.map(([{ input }]) => input)).toEqual([
      update("hw-prod-api", "6", "r"),
      update("hw-prod-record-object", "2", "s"),
    ]);
    send.mockClear();
    await goLive(client, live, {
      versions: { api: "1" },
    });
    expect(send.mock.calls.map(([{ input }]) => input)).toEqual([update("hw-prod-api", "1", "r")]);
  });
});
