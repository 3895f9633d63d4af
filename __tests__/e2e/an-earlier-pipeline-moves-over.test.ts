import { CreateServiceLinkedRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { commitStatuses } from "./commit-statuses";
import { EarlierPipeline } from "./earlier-pipeline";

/** An account with the pipeline of an earlier commit updates to the current one. */
jest.setTimeout(20 * 60_000);

/** The last commit without bootstrap levels. */
const EARLIER = "fb76b0f714270685c6b630fb393b980b34b8f988";

let pipeline: EarlierPipeline;
/** The commit of the push before bootstrap. */
let pushed: string;

beforeAll(async () => {
  pipeline = await EarlierPipeline.start(EARLIER, async (earlier) => {
    // The source drops executable bits, here as on AWS, where that commit could not deploy to dev at all.
    earlier.edit("buildspecs/terraform.sh", (text) => `${text}chmod +x "$TERRAFORM_BINARY_NAME"\n`);
    // Nor could it create the first HTTP API of an account: bootstrap did not create the service-linked role.
    await new IAMClient(earlier.client).send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "ops.apigateway.amazonaws.com" }),
    );
  });
  await pipeline.deliver(await pipeline.harness.push());
});
afterAll(() => pipeline?.stop());

it("delivers a push before bootstrap, keeps the pipeline, and reports that bootstrap is missing", async () => {
  const [before, earlier] = [await pipeline.version(), await pipeline.live()];
  pushed = await pipeline.pushCurrent();
  const run = await pipeline.deliver(pushed);
  expect(run.stages).toMatchObject({
    DeployOnProd: "Succeeded",
    ReleaseApi: "Skipped",
    SelfUpdate: "Succeeded",
  });
  expect(await pipeline.buildLog(run, "SelfUpdate")).toMatch(
    /this account has 0\)[^]*The pipeline stays as it is[^]*npm run bootstrap/,
  );
  expect(await pipeline.version()).toBe(before);
  // The earlier pipeline's role is not allowed to log a release, which AWS requires.
  expect(await pipeline.buildLog(run, "DeployOnProd")).toMatch(
    /of hw-prod-api is healthy and waits[^]*npm run bootstrap/,
  );
  expect(await pipeline.live()).toBe(earlier);
  // The earlier pipeline's allow list refuses the function that sets them.
  expect(await commitStatuses(pipeline.harness, pushed, "hw-pipeline")).toEqual({});
});

it("gets the current pipeline by one bootstrap, and then releases the version that waited", async () => {
  await pipeline.harness.session.workstation.bootstrap();
  const found = await pipeline.harness.until(
    pushed,
    "a second execution ends",
    (all) => all.length > 1 && all.at(-1)?.status !== "InProgress",
  );
  expect(found.map(({ status }) => status)).toEqual(["Succeeded", "Succeeded"]);
  expect(found[1]?.stages).toMatchObject({ ReleaseApi: "Succeeded", SelfUpdate: "Skipped" });
  expect(await pipeline.live()).toBe(pushed);
});

it("is delivered by pushes from then on, without an approval if nothing changes", async () => {
  const commit = await pipeline.harness.push("Change nothing");
  const run = await pipeline.deliver(commit);
  expect(run.stages).toMatchObject({
    ConfirmPermissions: "Skipped",
    ManualApproval: "Skipped",
    DeployOnProd: "Succeeded",
    ReleaseApi: "Skipped",
    SelfUpdate: "Skipped",
  });
  expect(await pipeline.live()).toBe(pushed);
  // Each is set by a function of its own run, and EventBridge does not keep the order.
  const both = ["pending: In progress", "success: Succeeded"];
  const found = await pipeline.harness.eventually("UnitTest has its statuses", async () => {
    const { UnitTest = [] } = await commitStatuses(pipeline.harness, commit, "hw-pipeline");
    return UnitTest.length >= both.length && UnitTest.toSorted();
  });
  expect(found).toEqual(both);
});
