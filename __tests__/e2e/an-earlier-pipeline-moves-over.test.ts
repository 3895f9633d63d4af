import { GetPipelineCommand } from "@aws-sdk/client-codepipeline";
import { CreateServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import { PipelineRuns, type Run } from "./pipeline-runs";
import { quickenBuilds } from "./quick-builds";

/** An account that has the pipeline of an earlier commit gets today's. */
jest.setTimeout(20 * 60_000);

/** The last commit without bootstrap levels. */
const EARLIER = "fb76b0f714270685c6b630fb393b980b34b8f988";

let runs: PipelineRuns;
/** Today's commit, with builds that take seconds. */
let today: string;
/** The commit of the push before bootstrap. */
let pushed: string;

beforeAll(async () => {
  runs = await PipelineRuns.start({ pipeline_rollout: "AllAtOnce" }, async (pipeline) => {
    const { workstation } = pipeline.session;
    today = await workstation.head();
    await become(pipeline, EARLIER);
    // The packages that are installed on this machine are today's.
    await workstation.git("checkout", "--quiet", today, "--", "package-lock.json");
    // The source drops executable bits, here as on AWS. On AWS that commit could not deploy to dev at all.
    pipeline.edit("buildspecs/terraform.sh", (text) => `${text}chmod +x "$TERRAFORM_BINARY_NAME"\n`);
    // Nor could it make the first HTTP API of an account: its bootstrap did not see to API Gateway's own role.
    await new IAMClient(pipeline.client).send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "ops.apigateway.amazonaws.com" }),
    );
    quickenBuilds(workstation.clone);
    await pipeline.commit("Be as it was");
  });
  await deliver(await runs.push());
});
afterAll(() => runs?.stop());

/** Makes the files of the clone those of a commit. */
async function become({ session: { workstation } }: PipelineRuns, commit: string): Promise<void> {
  await workstation.git("rm", "--quiet", "-r", ".");
  await workstation.git("checkout", "--quiet", commit, "--", ".");
}

/** Waits until the only execution of a commit has succeeded. */
async function deliver(commit: string): Promise<Run> {
  const [run, ...others] = await runs.until(
    commit,
    ([first]) => first?.status !== "InProgress" && first !== undefined,
  );
  if (run?.status === "Failed") throw new Error(`${commit} failed:\n${await runs.log(run)}`);
  expect([run?.status, others]).toEqual(["Succeeded", []]);
  return run!;
}

async function version(): Promise<number | undefined> {
  const { pipeline } = await runs.codepipeline.send(new GetPipelineCommand({ name: runs.session.pipeline }));
  return pipeline?.version;
}

/** The log of a step's build in one run. */
async function log({ id }: Run, step: string): Promise<string> {
  for (const change of runs.changes) {
    if (change.kind !== "action" || change.executionId !== id || change.action !== step) continue;
    if (change.state === "SUCCEEDED")
      return readFile(runs.session.aws.codebuild.logFile(change.externalExecutionId!), "utf8");
  }
  throw new Error(`${step} was not built in ${id}.`);
}

/** The commit that production's traffic reaches. */
async function live(): Promise<string | undefined> {
  const lambda = new LambdaClient(runs.client);
  const { Configuration } = await lambda.send(
    new GetFunctionCommand({ FunctionName: "hw-prod-api", Qualifier: "live" }),
  );
  return Configuration?.Environment?.Variables?.COMMIT;
}

it("delivers a push before bootstrap, keeps the pipeline, and says what is missing", async () => {
  const [before, earlier] = [await version(), await live()];
  await become(runs, today);
  pushed = await runs.push("Be as today");
  const run = await deliver(pushed);
  expect(run.stages).toMatchObject({
    DeployOnProd: "Succeeded",
    ReleaseApi: "Skipped",
    SelfUpdate: "Succeeded",
  });
  expect(await log(run, "SelfUpdate")).toMatch(
    /this account has 0\)[^]*The pipeline stays as it is[^]*npm run bootstrap/,
  );
  expect(await version()).toBe(before);
  // The earlier pipeline's role is not allowed to log a release, without which AWS makes none.
  expect(await log(run, "DeployOnProd")).toMatch(/of hw-prod-api is healthy and waits[^]*npm run bootstrap/);
  expect(await live()).toBe(earlier);
});

it("takes the pipeline by one bootstrap, which has it release what waited", async () => {
  await runs.session.workstation.bootstrap();
  const found = await runs.until(pushed, (all) => all.length > 1 && all.at(-1)?.status !== "InProgress");
  expect(found.map(({ status }) => status)).toEqual(["Succeeded", "Succeeded"]);
  expect(found[1]?.stages).toMatchObject({ ReleaseApi: "Succeeded", SelfUpdate: "Skipped" });
  expect(await live()).toBe(pushed);
});

it("runs with pushes as ever from then on", async () => {
  const run = await deliver(await runs.push("Change nothing"));
  expect(run.stages).toMatchObject({
    ConfirmPermissions: "Skipped",
    ReleaseApi: "Succeeded",
    SelfUpdate: "Skipped",
  });
});
