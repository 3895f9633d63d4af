import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  PutApprovalResultCommand,
} from "@aws-sdk/client-codepipeline";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetKeyPolicyCommand, KMSClient, ListAliasesCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { PipelineRuns } from "./pipeline-runs";
import { leaveOutDev } from "./quick-builds";
import { Subscriber } from "./subscriber";

/** One pipeline, an operator who changes what protects it, and somebody who has subscribed to the topic. */
jest.setTimeout(15 * 60_000);

const ACCOUNT = "111122223333";
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:hw-codebuild-failed-sns`;
const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const trust = JSON.stringify({
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
});
const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });

/** An event of CloudTrail, as far as it is looked at here. */
interface ApiCall {
  readonly "detail-type": string;
  readonly detail: {
    readonly eventName: string;
    readonly eventTime: string;
    readonly userIdentity: { readonly arn: string };
    readonly requestParameters: Readonly<Record<string, unknown>>;
  };
}

type Config = PipelineRuns["client"];

let runs: PipelineRuns;
let subscriber: Subscriber;
/** How three people's clients reach the account. */
let approver: Config, operator: Config, stranger: Config;

beforeAll(async () => {
  runs = await PipelineRuns.restored("bootstrapped", { pipeline_self_update: "after-unit-test" });
  leaveOutDev(runs.session.workstation.clone);
  await runs.commit("Leave dev out");
  await runs.session.workstation.bootstrap();
  // What is approved, the approver approves.
  runs.lookAround = () => new Promise(() => undefined);
  await runs.holdBefore("ManualApproval");
  approver = await user("approver", policy("hw-approvers"));
  operator = await user("operator", "arn:aws:iam::aws:policy/AdministratorAccess");
  stranger = await user("stranger");
  subscriber = await Subscriber.to(new SNSClient(runs.client), TOPIC);
});

afterAll(async () => {
  subscriber?.end();
  await runs?.stop();
});

/** How the clients of a new user, who may have a managed policy, reach the account. */
async function user(UserName: string, PolicyArn?: string): Promise<Config> {
  const iam = new IAMClient(runs.client);
  await iam.send(new CreateUserCommand({ UserName }));
  if (PolicyArn) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!;
  return { ...runs.client, credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! } };
}

/** The calls that the subscriber was notified of. */
function notified(): ApiCall["detail"][] {
  return subscriber.messages
    .filter((one) => one.includes("AWS API Call via CloudTrail"))
    .map((one) => (JSON.parse(one) as ApiCall).detail);
}

/** Waits until the approval is asked for. @returns what answering it takes */
async function waiting(commit: string, stageName: string) {
  await runs.until(commit, ([run]) => run?.stages[stageName] === "InProgress");
  for (;;) {
    const { stageStates } = await runs.codepipeline.send(
      new GetPipelineStateCommand({ name: runs.session.pipeline }),
    );
    const stage = stageStates!.find((one) => one.stageName === stageName);
    const [action] = stage?.actionStates ?? [];
    const token = action?.latestExecution?.token;
    if (token)
      return { pipelineName: runs.session.pipeline, stageName, actionName: action?.actionName, token };
  }
}

describe("an update of the pipeline", () => {
  let approved: string;

  beforeAll(async () => {
    runs.edit("stacks/pipeline-stack.ts", (text) =>
      text.replace("What ${step.name} may do", "All that ${step.name} may do"),
    );
    const commit = await runs.push("Describe the roles");
    const question = await waiting(commit, "ConfirmPipeline");
    approved = new Date(Date.now() - 1000).toISOString();
    await new CodePipelineClient(approver).send(
      new PutApprovalResultCommand({
        ...question,
        result: { status: "Approved", summary: "I have read it" },
      }),
    );
    const found = await runs.until(
      commit,
      (all) => all[0]?.status === "Failed" || all[1]?.stages.SelfUpdate === "Skipped",
    );
    expect(found).toMatchObject([
      { stages: { SelfUpdate: "Cancelled" } },
      { stages: { SelfUpdate: "Skipped" } },
    ]);
  });

  it("changes roles, and nobody is notified of it", async () => {
    const decisions = await runs.session.emulator.decisions();
    const changes = decisions.filter(
      ({ principal, action }) =>
        principal.endsWith(":role/hw-pipeline-SelfUpdate") && action === "iam:UpdateRoleDescription",
    );
    expect(changes).not.toEqual([]);
    expect(notified()).toEqual([]);
  });

  it("is logged with who approved it, and when", async () => {
    const { events = [] } = await new CloudWatchLogsClient(runs.client).send(
      new FilterLogEventsCommand({ logGroupName: "/aws/events/hw-approvals" }),
    );
    const calls = events.map(({ message }) => (JSON.parse(message!) as ApiCall).detail);
    const [approval, ...others] = calls.filter(({ eventName }) => eventName === "PutApprovalResult");
    expect(others).toEqual([]);
    expect(approval).toMatchObject({
      userIdentity: { type: "IAMUser", arn: `arn:aws:iam::${ACCOUNT}:user/approver` },
      requestParameters: {
        pipelineName: "hw-pipeline",
        stageName: "ConfirmPipeline",
        result: { status: "Approved", summary: "I have read it" },
      },
    });
    expect(approval!.eventTime > approved.slice(0, 19)).toBe(true);
    // The hold is logged too, and the start of the run by SelfUpdate.
    expect(calls.map(({ eventName }) => eventName)).toEqual(
      expect.arrayContaining(["DisableStageTransition", "StartPipelineExecution"]),
    );
  });
});

describe("a change by hand", () => {
  /** The id of the topic's key. */
  const keyId = async () => {
    const { Aliases = [] } = await new KMSClient(runs.client).send(new ListAliasesCommand({}));
    return Aliases.find(({ AliasName }) => AliasName === "alias/hw-failures")!.TargetKeyId!;
  };

  const changes: readonly (readonly [string, string, string, (to: Config) => Promise<unknown>])[] = [
    [
      "a role",
      "PutRolePolicy",
      '"roleName": "hw-pipeline-DeployOnDev"',
      (to) =>
        new IAMClient(to).send(
          new PutRolePolicyCommand({
            RoleName: "hw-pipeline-DeployOnDev",
            PolicyName: "more",
            PolicyDocument: document,
          }),
        ),
    ],
    [
      "a boundary",
      "CreatePolicyVersion",
      policy("hw-boundary"),
      (to) =>
        new IAMClient(to).send(
          new CreatePolicyVersionCommand({ PolicyArn: policy("hw-boundary"), PolicyDocument: document }),
        ),
    ],
    [
      "the topic's key",
      "PutKeyPolicy",
      "keyId",
      async (to) => {
        const KeyId = await keyId();
        const { Policy } = await new KMSClient(to).send(new GetKeyPolicyCommand({ KeyId }));
        await new KMSClient(to).send(new PutKeyPolicyCommand({ KeyId, Policy }));
      },
    ],
    [
      "a log group",
      "PutRetentionPolicy",
      "/aws/codebuild/hw-UnitTest",
      (to) =>
        new CloudWatchLogsClient(to).send(
          new PutRetentionPolicyCommand({ logGroupName: "/aws/codebuild/hw-UnitTest", retentionInDays: 1 }),
        ),
    ],
    [
      "the state bucket",
      "PutBucketVersioning",
      "hw-rehearsal-artifacts-state",
      (to) =>
        new S3Client({ ...to, forcePathStyle: true }).send(
          new PutBucketVersioningCommand({
            Bucket: "hw-rehearsal-artifacts-state",
            VersioningConfiguration: { Status: "Suspended" },
          }),
        ),
    ],
  ];

  it.each(changes)("of %s reaches a subscriber, with who made it", async (_, eventName, what, change) => {
    await change(operator);
    const message = await subscriber.message((one) => one.includes(`"eventName": "${eventName}"`));
    expect(message).toContain(what);
    expect((JSON.parse(message) as ApiCall).detail.userIdentity).toMatchObject({
      type: "IAMUser",
      arn: `arn:aws:iam::${ACCOUNT}:user/operator`,
    });
  });

  it("of another team's role, or one that is refused, reaches nobody", async () => {
    const put = (config: Config, RoleName: string) =>
      new IAMClient(config).send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "more", PolicyDocument: document }),
      );
    await expect(put(stranger, "hw-pipeline-DeployOnProd")).rejects.toThrow("not authorized");
    await new IAMClient(operator).send(
      new CreateRoleCommand({ RoleName: "another-teams", AssumeRolePolicyDocument: trust }),
    );
    await put(operator, "another-teams");
    // Events are delivered in order: what comes after the refused ones is the last.
    await put(operator, "hw-diff");
    await subscriber.message((one) => one.includes("hw-diff"));
    const names = changes.map(([, eventName]) => eventName);
    expect(notified().map(({ eventName }) => eventName)).toEqual([...names, "PutRolePolicy"]);
  });
});
