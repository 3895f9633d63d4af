import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeBuildClient, CreateProjectCommand, type Build } from "@aws-sdk/client-codebuild";
import {
  DisableRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { startAws, type AwsServer } from "../../src/aws/server";
import { rootCredentials } from "../../src/ministack/emulator";
import { ACCOUNT, createRole, REGION, testEmulator, type TestEmulator } from "../ministack/fixture";
import { eventually } from "../support/eventually";

jest.setTimeout(60_000);

const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const project = (name: string) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/${name}`;

let emulator: TestEmulator;
let aws: AwsServer;
let folder: string;
let events: EventBridgeClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scheduled-"));
  emulator = await testEmulator();
  aws = await startAws({
    region: REGION,
    account: ACCOUNT,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    root: rootCredentials(ACCOUNT),
    folder,
    machine: process.env,
    github: { gitUrl: () => "http://127.0.0.1:1/none.git" },
  });
  events = new EventBridgeClient(emulator.client());
  await createRole(emulator, "builds", [], { Service: "codebuild.amazonaws.com" });
  const start = { Effect: "Allow", Action: "codebuild:StartBuild", Resource: project("Nightly") };
  await createRole(emulator, "starter", [start], { Service: "events.amazonaws.com" });
  await createRole(emulator, "idle", [], { Service: "events.amazonaws.com" });
  await createRole(emulator, "another", [start], { Service: "lambda.amazonaws.com" });
  await new CodeBuildClient({ ...emulator.client(), endpoint: aws.context.endpoint }).send(
    new CreateProjectCommand({
      name: "Nightly",
      serviceRole: role("builds"),
      source: { type: "NO_SOURCE", buildspec: "version: 0.2\nphases: { build: { commands: [exit 0] } }\n" },
      artifacts: { type: "NO_ARTIFACTS" },
      environment: { type: "LINUX_CONTAINER", image: "aws/x:5.0", computeType: "BUILD_GENERAL1_SMALL" },
    }),
  );
}, 120_000);

afterAll(async () => {
  events?.destroy();
  await aws?.stop();
  await emulator?.remove();
  await rm(folder, { recursive: true });
});

/** Creates a rule with a schedule and a target. */
async function rule(Name: string, RoleArn: string, Arn = project("Nightly")): Promise<void> {
  await events.send(new PutRuleCommand({ Name, ScheduleExpression: "rate(1 day)" }));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: "build", Arn, RoleArn }] }));
}

async function run(body: string): Promise<{ status: number; answer: Record<string, unknown> }> {
  const answer = await fetch(`${aws.context.endpoint}/_rehearsal/rules/run`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  });
  return { status: answer.status, answer: (await answer.json()) as Record<string, unknown> };
}

const named = (Rule: string) => run(JSON.stringify({ Rule }));

describe("a scheduled rule", () => {
  it("starts the build of its target, with the target's role, when it is asked to", async () => {
    await rule("nightly", role("starter"));
    const { status, answer } = await named("nightly");
    expect([status, answer]).toMatchObject([200, { Builds: [{ initiator: "rule/nightly" }] }]);
    const [{ id } = {}] = answer.Builds as Build[];
    await eventually("the build ends", () => aws.codebuild.build(id!)?.buildComplete);
    const decisions = await emulator.decisions();
    expect(decisions).toContainEqual(
      expect.objectContaining({
        principal: role("starter"),
        action: "codebuild:StartBuild",
        resource: project("Nightly"),
        allowed: true,
      }),
    );
  });

  it.each([
    ["without the permission", "idle", "is not authorized to perform: codebuild:StartBuild"],
    ["that trusts another service", "another", "does not let events.amazonaws.com assume the role"],
    ["that does not exist", "none", "none"],
  ])("starts nothing with a role %s", async (_, name, message) => {
    await rule(`with-${name}`, role(name));
    const { status, answer } = await named(`with-${name}`);
    expect([status, answer]).toEqual([
      400,
      { __type: "AccessDeniedException", message: expect.stringContaining(message) as string },
    ]);
  });

  it("is not run if it is missing, disabled, or runs for events", async () => {
    expect(await named("missing")).toMatchObject({ answer: { __type: "ResourceNotFoundException" } });
    await rule("disabled", role("starter"));
    await events.send(new DisableRuleCommand({ Name: "disabled" }));
    expect(await named("disabled")).toMatchObject({ answer: { message: "Rule disabled is disabled." } });
    await events.send(new PutRuleCommand({ Name: "matching", EventPattern: '{"source":["mine"]}' }));
    expect(await named("matching")).toMatchObject({
      answer: { message: "Rule matching has no schedule: events run it." },
    });
  });

  it("is not run with a target that is not emulated", async () => {
    await rule("publishing", role("starter"), `arn:aws:sns:${REGION}:${ACCOUNT}:topic`);
    expect(await named("publishing")).toMatchObject({
      answer: { message: expect.stringContaining("is not emulated") as string },
    });
  });

  it("is named in the body of the request", async () => {
    for (const body of ["", "[]", '{"Rule": ""}', '{"Rule": 1}'])
      expect(await run(body)).toMatchObject({
        status: 400,
        answer: { message: 'The body must be {"Rule": "…"}' },
      });
  });
});
