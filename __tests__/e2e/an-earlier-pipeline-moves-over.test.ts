import { GetPipelineCommand } from "@aws-sdk/client-codepipeline";
import { CreateServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readFile } from "node:fs/promises";
import { Harness, type Run } from "./harness";
import { quickenBuilds } from "./quick-builds";

/** An account with the pipeline of an earlier commit updates to the current one. */
jest.setTimeout(20 * 60_000);

/** The last commit without bootstrap levels. */
const EARLIER = "fb76b0f714270685c6b630fb393b980b34b8f988";

let harness: Harness;
/** The current commit, with builds that take seconds. */
let current: string;
/** The commit of the push before bootstrap. */
let pushed: string;

beforeAll(async () => {
  harness = await Harness.start({ pipeline_rollout: "AllAtOnce" }, async (earlier) => {
    const { workstation } = earlier.session;
    current = await workstation.head();
    await checkOut(earlier, EARLIER);
    // The packages that are installed on this machine are those of the current commit.
    await workstation.git("checkout", "--quiet", current, "--", "package-lock.json");
    // The source drops executable bits, here as on AWS, where that commit could not deploy to dev at all.
    earlier.edit("buildspecs/terraform.sh", (text) => `${text}chmod +x "$TERRAFORM_BINARY_NAME"\n`);
    // Nor could it create the first HTTP API of an account: bootstrap did not create the service-linked role.
    await new IAMClient(earlier.client).send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "ops.apigateway.amazonaws.com" }),
    );
    quickenBuilds(workstation.clone);
    await earlier.commit("Restore the earlier commit");
  });
  await deliver(await harness.push());
});
afterAll(() => harness?.stop());

/** Replaces the files of the clone with those of a commit. */
async function checkOut({ session: { workstation } }: Harness, commit: string): Promise<void> {
  await workstation.git("rm", "--quiet", "-r", ".");
  await workstation.git("checkout", "--quiet", commit, "--", ".");
}

/** Waits until the only execution of a commit has succeeded. */
async function deliver(commit: string): Promise<Run> {
  const [run, ...others] = await harness.ended(commit);
  if (run?.status === "Failed") throw new Error(`${commit} failed:\n${await harness.log(run)}`);
  expect([run?.status, others]).toEqual(["Succeeded", []]);
  return run!;
}

async function version(): Promise<number | undefined> {
  const { pipeline } = await harness.codepipeline.send(
    new GetPipelineCommand({ name: harness.session.pipeline }),
  );
  return pipeline?.version;
}

/** Returns the log of a step's build in an execution. */
async function log({ id }: Run, step: string): Promise<string> {
  for (const change of harness.changes) {
    if (change.kind !== "action" || change.executionId !== id || change.action !== step) continue;
    if (change.state === "SUCCEEDED")
      return readFile(harness.session.aws.codebuild.logFile(change.externalExecutionId!), "utf8");
  }
  throw new Error(`${step} was not built in ${id}.`);
}

/** Returns the commit that gets production's traffic. */
async function live(): Promise<string | undefined> {
  const lambda = new LambdaClient(harness.client);
  const { Configuration } = await lambda.send(
    new GetFunctionCommand({ FunctionName: "hw-prod-api", Qualifier: "live" }),
  );
  return Configuration?.Environment?.Variables?.COMMIT;
}

it("delivers a push before bootstrap, keeps the pipeline, and reports that bootstrap is missing", async () => {
  const [before, earlier] = [await version(), await live()];
  await checkOut(harness, current);
  pushed = await harness.push("Return to the current commit");
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
  // The earlier pipeline's role is not allowed to log a release, which AWS requires.
  expect(await log(run, "DeployOnProd")).toMatch(/of hw-prod-api is healthy and waits[^]*npm run bootstrap/);
  expect(await live()).toBe(earlier);
});

it("gets the current pipeline by one bootstrap, and then releases the version that waited", async () => {
  await harness.session.workstation.bootstrap();
  const found = await harness.until(
    pushed,
    "a second execution ends",
    (all) => all.length > 1 && all.at(-1)?.status !== "InProgress",
  );
  expect(found.map(({ status }) => status)).toEqual(["Succeeded", "Succeeded"]);
  expect(found[1]?.stages).toMatchObject({ ReleaseApi: "Succeeded", SelfUpdate: "Skipped" });
  expect(await live()).toBe(pushed);
});

it("is delivered by pushes from then on", async () => {
  const run = await deliver(await harness.push("Change nothing"));
  expect(run.stages).toMatchObject({
    ConfirmPermissions: "Skipped",
    ReleaseApi: "Succeeded",
    SelfUpdate: "Skipped",
  });
});
