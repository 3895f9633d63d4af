import { BatchGetProjectsCommand, CodeBuildClient, UpdateProjectCommand } from "@aws-sdk/client-codebuild";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { inlinePolicyName } from "../../stacks/constructs/policy";
import { requestDriftBuild, runDriftRule } from "./drift-rule";
import { Harness } from "./harness";
import { restore } from "./saved-world/restore";
import { Subscriber } from "./subscriber";

/** A pipeline that has delivered to production, and an operator who changes what it deployed. */
jest.setTimeout(10 * 60_000);

const TOPIC = "arn:aws:sns:eu-west-1:111122223333:hw-codebuild-failed-sns";
const FUNCTION = { FunctionName: "hw-prod-api" };

let harness: Harness;
let subscriber: Subscriber;
let lambda: LambdaClient;
let codebuild: CodeBuildClient;
/** What production's function had before. */
let timeout: number | undefined;

beforeAll(async () => {
  harness = await restore(Harness, "delivered");
  lambda = new LambdaClient(harness.client);
  codebuild = new CodeBuildClient(harness.client);
  timeout = (await lambda.send(new GetFunctionConfigurationCommand(FUNCTION))).Timeout;
  subscriber = await Subscriber.to(new SNSClient(harness.client), TOPIC);
});

afterAll(async () => {
  subscriber?.end();
  lambda?.destroy();
  codebuild?.destroy();
  await harness?.stop();
});

/** Compares, and expects a success. @returns the drift that npm run status shows */
async function drift(): Promise<Drift> {
  const { status, log } = await runDriftRule(harness);
  expect([status, status === "SUCCEEDED" ? "" : log]).toEqual(["SUCCEEDED", ""]);
  return known();
}

/** Returns the drift that npm run status shows. */
async function known(): Promise<Drift> {
  const { stdout } = await harness.npm("status", ["--json"]);
  const found = JSON.parse(stdout) as { drift: { value: Drift } };
  return found.drift.value;
}

type Drift = Readonly<Record<string, { at: string; since?: string; lines: string[] }>>;

const changeFunction = (Timeout: number | undefined) =>
  lambda.send(new UpdateFunctionConfigurationCommand({ ...FUNCTION, Timeout }));

describe("a scheduled comparison", () => {
  it("notifies of nothing as long as everything is as it was deployed", async () => {
    const found = await drift();
    expect(found).toMatchObject({ "service-prod": { lines: [] }, pipeline: { lines: [] } });
    expect(subscriber.messages).toEqual([]);
  });

  it("names what was changed by hand, and notifies of it once", async () => {
    await changeFunction(7);
    const { "service-prod": production } = await drift();
    const message = await subscriber.message((one) => one.includes("of service-prod"));
    expect(message).toMatch(/changed aws_lambda_function\.\S+ of service-prod\n +timeout: \d+ → 7\n/);
    expect(message).toContain("docs/runbooks/change-by-hand.md#drift");
    expect(production!.lines.join("\n")).toMatch(/timeout: \d+ → 7/);

    const again = await drift();
    expect(again["service-prod"]!.since).toBe(production!.since);
    expect(again["service-prod"]!.at > production!.at).toBe(true);
    expect(subscriber.messages).toEqual([message]);
  });

  it("notifies again when something else is changed, of all that differs", async () => {
    await codebuild.send(new UpdateProjectCommand({ name: "hw-UnitTest", description: "By hand" }));
    await drift();
    const message = await subscriber.message((one) => one.includes("of pipeline"));
    expect(message).toMatch(/timeout: \d+ → 7\n/);
    expect(message).toMatch(
      /changed aws_codebuild_project\.\S+ of pipeline\n +description: .* → "?By hand"?\n/,
    );
    expect(subscriber.messages).toHaveLength(2);
    const { stdout } = await harness.npm("status");
    expect(stdout).toMatch(/\nDrift\n[^]*timeout: \d+ → 7[^]*of pipeline/);
  });

  it("notifies when everything is repaired", async () => {
    await changeFunction(timeout);
    const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: ["hw-PlanOnProd"] }));
    const description = projects[0]!.description!.replace("PlanOnProd", "UnitTest");
    await codebuild.send(new UpdateProjectCommand({ name: "hw-UnitTest", description }));
    expect(await drift()).toMatchObject({ "service-prod": { lines: [] }, pipeline: { lines: [] } });
    await subscriber.message((one) => one.includes("are again as Terraform deployed them"));
    expect(subscriber.messages).toHaveLength(3);
  });
});

describe("a comparison that fails", () => {
  it("is notified by its alarm, and keeps what was found before", async () => {
    const before = await known();
    const name = { RoleName: "hw-pipeline-CheckDrift", PolicyName: inlinePolicyName };
    await new IAMClient(harness.client).send(new DeleteRolePolicyCommand(name));
    expect((await runDriftRule(harness)).status).toBe("FAILED");
    await subscriber.message((one) => one.includes("A build of hw-CheckDrift failed"));
    const { MetricAlarms = [] } = await new CloudWatchClient(harness.client).send(
      new DescribeAlarmsCommand({ AlarmNames: ["hw-CheckDrift-failed"] }),
    );
    expect(MetricAlarms).toHaveLength(1);
    expect(await known()).toEqual(before);
  });

  it("is not started by a role without the permission", async () => {
    const name = { RoleName: "hw-pipeline-drift", PolicyName: inlinePolicyName };
    await new IAMClient(harness.client).send(new DeleteRolePolicyCommand(name));
    const answer = await requestDriftBuild(harness);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("codebuild:StartBuild"),
    ]);
  });
});
