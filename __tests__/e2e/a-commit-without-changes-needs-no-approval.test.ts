import { LambdaClient, ListVersionsByFunctionCommand } from "@aws-sdk/client-lambda";
import { outputVariables } from "../../rehearsal/src/watch";
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { restore } from "./saved-world/restore";

/** A pipeline with approvals, which has delivered one commit to production. */
jest.setTimeout(15 * 60_000);

let harness: Harness;
let lambda: LambdaClient;
/** The commit in production that last changed a function. */
let released: string;

beforeAll(async () => {
  harness = await restore(Harness, "delivered", {
    pipeline_rollout: "AllAtOnce",
    pipeline_self_update: "after-unit-test",
  });
  lambda = new LambdaClient(harness.client);
  const { workstation } = harness.session;
  released = await workstation.head();
  leaveOutDev(workstation.clone);
  await harness.commit("Leave dev out");
  await workstation.bootstrap();
});

afterAll(async () => {
  lambda?.destroy();
  await harness?.stop();
});

async function versions(): Promise<(string | undefined)[]> {
  const FunctionName = "hw-prod-api";
  const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
  return Versions.map(({ Version }) => Version);
}

/** What production answers to `GET /health`. */
async function health({ id }: Run): Promise<unknown> {
  const { aws, pipeline } = harness.session;
  const { API_URL } = await outputVariables(aws, pipeline, id, "DeployOnProd");
  return (await fetch(`${API_URL}/health`)).json();
}

/** Waits until the execution of a commit has succeeded. */
async function succeeded(commit: string): Promise<Run> {
  const [run] = await harness.ended(commit);
  if (run?.status !== "Succeeded") throw new Error(await harness.log(run!));
  return run;
}

describe("a commit that changes only a document", () => {
  it("is delivered without an approval, a version and a release", async () => {
    const before = await versions();
    harness.edit("README.md", (text) => `${text}\nMore.\n`);
    const commit = await harness.push("Describe more");
    const run = await succeeded(commit);
    expect(run.stages).toMatchObject({
      PlanOnProd: "Succeeded",
      ManualApproval: "Skipped",
      DeployOnProd: "Succeeded",
      ReleaseApi: "Skipped",
      ReleaseRecordObject: "Skipped",
    });
    expect(harness.approvals).toEqual([]);
    expect(await versions()).toEqual(before);

    expect(await health(run)).toMatchObject({ commit, versionCommit: released });
    const { workstation, github } = harness.session;
    await workstation.git("remote", "set-url", "origin", github.gitUrl);
    const { stdout } = await harness.npm("status", ["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      production: { value: { commit, versionCommit: released } },
      behind: { value: 0 },
    });
  });
});
