import { EventBridgeClient, TestEventPatternCommand } from "@aws-sdk/client-eventbridge";
import { resourcesOf, stateStack, synthesized } from "../../__tests__/support/synth";
import { ACCOUNT, REGION, testEmulator, type TestEmulator } from "./ministack/fixture";

/** What the patterns of the state stack match, decided by the emulator, on events as AWS documents them. */
let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await testEmulator();
}, 120_000);
afterAll(() => emulator.remove());

const stack = synthesized(stateStack());

function patternOf(name: string): string {
  const rule = resourcesOf(stack, "aws_cloudwatch_event_rule").find((one) => one.name === name);
  return String(rule?.event_pattern)
    .replace(/\$\{data\.aws_partition[^}]*\}/g, "aws")
    .replace(/\$\{data\.aws_caller_identity[^}]*\}/g, ACCOUNT)
    .replace(/\$\{data\.aws_region[^}]*\}/g, REGION);
}

async function matches(rule: string, service: string, detail: object): Promise<boolean | undefined> {
  const Event = JSON.stringify({
    id: "1",
    account: ACCOUNT,
    source: `aws.${service}`,
    time: "2026-11-28T00:00:00Z",
    region: REGION,
    resources: [],
    "detail-type": "AWS API Call via CloudTrail",
    detail: { eventSource: `${service}.amazonaws.com`, ...detail },
  });
  const client = new EventBridgeClient(emulator.client());
  const { Result } = await client.send(new TestEventPatternCommand({ Event, EventPattern: patternOf(rule) }));
  return Result;
}

const session = (role: string) => ({
  type: "AssumedRole",
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session`,
  sessionContext: { sessionIssuer: { type: "Role", arn: `arn:aws:iam::${ACCOUNT}:role/${role}` } },
});
const user = { type: "IAMUser", arn: `arn:aws:iam::${ACCOUNT}:user/operator`, userName: "operator" };
/** With MFA a user has a session that no role has issued. */
const userWithMfa = {
  ...user,
  sessionContext: { sessionIssuer: {}, attributes: { mfaAuthenticated: "true" } },
};
const root = { type: "Root", arn: `arn:aws:iam::${ACCOUNT}:root` };

const rewritten = { eventName: "PutRolePolicy", requestParameters: { roleName: "hw-pipeline-DeployOnDev" } };

describe.each(["hw-changes", "hw-iam-changes"])("%s", (rule) => {
  it.each([
    ["the root", root],
    ["a user", user],
    ["a user with MFA", userWithMfa],
    ["an operator's role", session("Administrator")],
    ["a role of another name that begins as the pipeline's do", session("hw-pipeline-SelfUpdate-mine")],
    ["a step that deploys nothing", session("hw-pipeline-UnitTest")],
    ["a service", { type: "AWSService", invokedBy: "config.amazonaws.com" }],
  ])("matches a role that is changed by %s", async (_, userIdentity) => {
    expect(await matches(rule, "iam", { ...rewritten, userIdentity })).toBe(true);
  });

  it.each(["SelfUpdate", "DeployOnDev", "DeployOnProd"])("does not match what %s changes", async (step) => {
    const userIdentity = session(`hw-pipeline-${step}`);
    expect(await matches(rule, "iam", { ...rewritten, userIdentity })).toBe(false);
  });

  it.each([
    ["is refused", { ...rewritten, errorCode: "AccessDenied" }],
    ["is about another role", { ...rewritten, requestParameters: { roleName: "hwx" } }],
    ["is about a role of a branch", { ...rewritten, requestParameters: { roleName: "hw_develop-diff" } }],
  ])("does not match a call that %s", async (_, detail) => {
    expect(await matches(rule, "iam", { ...detail, userIdentity: user })).toBe(false);
  });
});

it.each([
  ["iam", "SetDefaultPolicyVersion", { policyArn: `arn:aws:iam::${ACCOUNT}:policy/hw-boundary` }, true],
  ["iam", "SetDefaultPolicyVersion", { policyArn: `arn:aws:iam::${ACCOUNT}:policy/other` }, false],
  ["iam", "PutRolePermissionsBoundary", { roleName: "hw-dev-api" }, true],
  ["kms", "PutKeyPolicy", { keyId: "1" }, true],
  ["kms", "UpdateKeyDescription", { keyId: "1" }, false],
  ["logs", "DeleteLogGroup", { logGroupName: "/aws/lambda/hw-prod-api" }, true],
  ["logs", "PutRetentionPolicy", { logGroupName: "/aws/events/hw-approvals" }, true],
  ["logs", "CreateLogStream", { logGroupName: "/aws/lambda/hw-prod-api" }, false],
  ["logs", "DeleteLogGroup", { logGroupName: "/aws/lambda/other" }, false],
  ["s3", "PutBucketPolicy", { bucketName: "acme-heavy-water-artifacts-state" }, true],
  ["s3", "DeleteBucketPolicy", { bucketName: "acme-heavy-water-artifacts-state" }, true],
  ["s3", "PutBucketPolicy", { bucketName: "acme-heavy-water-dev" }, false],
  // A data event, where the account's trail has them.
  ["s3", "PutObject", { bucketName: "acme-heavy-water-artifacts-state" }, false],
])("%s %s of %j by a user: %s", async (service, eventName, requestParameters, expected) => {
  const detail = { eventName, requestParameters, userIdentity: user };
  expect(await matches("hw-changes", service, detail)).toBe(expected);
});

it.each([
  ["PutApprovalResult", { pipelineName: "hw-pipeline" }, true],
  ["OverrideStageCondition", { pipelineName: "hw-pipeline" }, true],
  ["StartPipelineExecution", { name: "hw-pipeline" }, true],
  ["PutApprovalResult", { pipelineName: "other" }, false],
  ["UpdatePipeline", { pipeline: { name: "hw-pipeline" } }, false],
])("%s of %j is logged: %s", async (eventName, requestParameters, expected) => {
  const detail = { eventName, requestParameters, userIdentity: session("hw-pipeline-SelfUpdate") };
  expect(await matches("hw-approvals", "codepipeline", detail)).toBe(expected);
  expect(await matches("hw-approvals", "codepipeline", { ...detail, errorCode: "AccessDenied" })).toBe(
    expected,
  );
});
