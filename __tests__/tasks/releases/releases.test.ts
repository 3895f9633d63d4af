import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { refuseWhileReleasing } from "../../../tasks/releases/releases";
import { isReleasing } from "../../../tasks/build/smoke-test-version";
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

describe("going back by hand", () => {
  it.each(["DeployOnProd", "ReleaseApi", "ReleaseRecordObject"])(
    "is refused while the pipeline is in %s, with the command that stops it",
    async (stage) => {
      busyIn(stage);
      await expect(refuseWhileReleasing(client, "hw")).rejects.toThrow(
        new RegExp(
          `Nothing was changed: the pipeline is in ${stage}\\.[^]*--pipeline-name hw-pipeline --pipeline-execution-id run-in-${stage}$`,
        ),
      );
    },
  );

  it.each(["UnitTest", "SelfUpdate", undefined])("is not while it is in %s", async (stage) => {
    busyIn(stage);
    await expect(refuseWhileReleasing(client, "hw")).resolves.toBeUndefined();
    expect(aws.calls.at(-1)).toEqual({ operation: "GetPipelineState", input: { name: "hw-pipeline" } });
  });
});

it.each<[string | undefined, boolean]>([
  ["ReleaseApi", true],
  ["ReleaseRecordObject", true],
  // That is where the question is asked.
  ["DeployOnProd", false],
  [undefined, false],
])("a divided alias belongs to a rollout when the pipeline is in %s: %s", async (stage, expected) => {
  busyIn(stage);
  expect(await isReleasing(client, "hw-pipeline")).toBe(expected);
});
