import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { isReleasing, refuseWhileReleasing, versionsOf } from "../../../tasks/releases/releases";
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
  const stages = ["UnitTest", "DeployOnProd", "ReleaseApi", "ReleaseRecordObject", "SelfUpdate"];
  const stageStates = stages.map((stageName) => ({
    stageName,
    latestExecution: {
      pipelineExecutionId: `run-in-${stageName}`,
      status: stageName === stage ? "InProgress" : "Stopped",
    },
  }));
  // A stage that nothing has come to yet has no execution.
  aws.answer = () => ({ body: { stageStates: [...stageStates, { stageName: "Later" }] } });
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

  it.each(["UnitTest", "SelfUpdate", undefined])("is not refused while it is in %s", async (stage) => {
    busyIn(stage);
    await expect(refuseWhileReleasing(client, "hw-pipeline")).resolves.toBeUndefined();
    expect(aws.calls.at(-1)).toEqual({ operation: "GetPipelineState", input: { name: "hw-pipeline" } });
  });
});

it.each<[string | undefined, boolean]>([
  ["ReleaseApi", true],
  ["ReleaseRecordObject", true],
  // That is where the question is asked.
  ["DeployOnProd", false],
  [undefined, false],
])("a split alias belongs to a rollout if the pipeline is in %s: %s", async (stage, expected) => {
  busyIn(stage);
  expect(await isReleasing(client, "hw-pipeline")).toBe(expected);
});

describe("the versions that were deployed together", () => {
  it("are in a variable of the API's version", () => {
    const Environment = { Variables: { COMMIT: "c0ffee", VERSIONS: '{"record-object":"3"}' } };
    expect(versionsOf({ Version: "7", Environment })).toEqual({ api: "7", "record-object": "3" });
  });

  it("are in the description of an API's version that was deployed before 0.1.0", () => {
    const Description = "With version 3 of hw-prod-record-object";
    expect(versionsOf({ Version: "7", Description })).toEqual({ api: "7", "record-object": "3" });
  });

  it("are unknown if the version has neither", () => {
    expect(versionsOf({ Version: "7" })).toBeUndefined();
  });
});
