import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  UpdateProjectCommand,
  type Project,
} from "@aws-sdk/client-codebuild";
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
import { Harness, type Run } from "./harness";
import { leaveOutDev } from "./quick-builds";
import { Subscriber } from "./subscriber";
import { restore } from "./saved-world/restore";

/** A pipeline, an operator who changes what protects it, and a subscriber of the failure topic. */
jest.setTimeout(15 * 60_000);

const ACCOUNT = "111122223333";
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:hw-codebuild-failed-sns`;
const policy = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/${name}`;
const trust = JSON.stringify({
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
});
const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });

/** An event of CloudTrail, in part. */
interface ApiCall {
  readonly "detail-type": string;
  readonly detail: {
    readonly eventName: string;
    readonly eventTime: string;
    readonly userIdentity: { readonly arn: string };
    readonly requestParameters: Readonly<Record<string, unknown>>;
  };
}

type Config = Harness["client"];

let harness: Harness;
let subscriber: Subscriber;
/** The configurations of three users' clients. */
let approver: Config, operator: Config, stranger: Config;

beforeAll(async () => {
  harness = await restore(Harness, "bootstrapped", { pipeline_self_update: "after-unit-test" });
  leaveOutDev(harness.session.workstation.clone);
  await harness.commit("Leave dev out");
  await harness.session.workstation.bootstrap();
  // The approver approves, not the harness.
  harness.beforeApproval = () => new Promise(() => undefined);
  await harness.holdBefore("PlanOnProd");
  approver = await user("approver", policy("hw-approvers"));
  operator = await user("operator", "arn:aws:iam::aws:policy/AdministratorAccess");
  stranger = await user("stranger");
  subscriber = await Subscriber.to(new SNSClient(harness.client), TOPIC);
});

afterAll(async () => {
  subscriber?.end();
  await harness?.stop();
});

/** Creates a user, with a managed policy if one is given. @returns the configuration of the user's clients */
async function user(UserName: string, PolicyArn?: string): Promise<Config> {
  const iam = new IAMClient(harness.client);
  await iam.send(new CreateUserCommand({ UserName }));
  if (PolicyArn) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!;
  return { ...harness.client, credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! } };
}

/** Returns the calls that the subscriber was notified of. */
function notified(): ApiCall["detail"][] {
  return subscriber.messages
    .filter((one) => one.includes("AWS API Call via CloudTrail"))
    .map((one) => (JSON.parse(one) as ApiCall).detail);
}

/** Waits until an approval is requested. @returns the input that PutApprovalResult needs */
async function approvalRequest(commit: string, stageName: string) {
  const { pipeline } = harness.session;
  const isEntered = ([run]: Run[]) => run?.stages[stageName] === "InProgress";
  await harness.until(commit, `${stageName} is entered`, isEntered);
  return harness.eventually(`${stageName} requests an approval`, async () => {
    const { stageStates } = await harness.codepipeline.send(new GetPipelineStateCommand({ name: pipeline }));
    const stage = stageStates!.find((one) => one.stageName === stageName);
    const [action] = stage?.actionStates ?? [];
    const token = action?.latestExecution?.token;
    return token && { pipelineName: pipeline, stageName, actionName: action?.actionName, token };
  });
}

describe("an update of the pipeline", () => {
  let approved: string;

  beforeAll(async () => {
    harness.edit("stacks/pipeline-stack.ts", (text) =>
      text.replace("What ${step.name} may do", "All that ${step.name} may do"),
    );
    const commit = await harness.push("Describe the roles");
    const request = await approvalRequest(commit, "ConfirmPipeline");
    approved = new Date(Date.now() - 1000).toISOString();
    await new CodePipelineClient(approver).send(
      new PutApprovalResultCommand({
        ...request,
        result: { status: "Approved", summary: "I have read it" },
      }),
    );
    const found = await harness.updated(commit);
    expect(found).toMatchObject([
      { stages: { SelfUpdate: "Cancelled" } },
      { stages: { SelfUpdate: "Skipped" } },
    ]);
  });

  it("changes roles without a notification", async () => {
    const decisions = await harness.session.emulator.decisions();
    const changes = decisions.filter(
      ({ principal, action }) =>
        principal.endsWith(":role/hw-pipeline-SelfUpdate") && action === "iam:UpdateRoleDescription",
    );
    expect(changes).not.toEqual([]);
    expect(notified()).toEqual([]);
  });

  it("is logged with the approver and the time", async () => {
    const { events = [] } = await new CloudWatchLogsClient(harness.client).send(
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
    // The disabled transition and the execution that SelfUpdate starts are logged too.
    expect(calls.map(({ eventName }) => eventName)).toEqual(
      expect.arrayContaining(["DisableStageTransition", "StartPipelineExecution"]),
    );
  });
});

describe("a change by hand", () => {
  /** The id of the topic's key. */
  const keyId = async () => {
    const { Aliases = [] } = await new KMSClient(harness.client).send(new ListAliasesCommand({}));
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

  it.each(changes)("of %s is sent to a subscriber, with the caller", async (_, eventName, what, change) => {
    await change(operator);
    const message = await subscriber.message((one) => one.includes(`"eventName": "${eventName}"`));
    expect(message).toContain(what);
    expect((JSON.parse(message) as ApiCall).detail.userIdentity).toMatchObject({
      type: "IAMUser",
      arn: `arn:aws:iam::${ACCOUNT}:user/operator`,
    });
  });

  it("is not sent when it is refused or concerns another team's role", async () => {
    const put = (config: Config, RoleName: string) =>
      new IAMClient(config).send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "more", PolicyDocument: document }),
      );
    await expect(put(stranger, "hw-pipeline-DeployOnProd")).rejects.toThrow("not authorized");
    await new IAMClient(operator).send(
      new CreateRoleCommand({ RoleName: "another-teams", AssumeRolePolicyDocument: trust }),
    );
    await put(operator, "another-teams");
    // Events are delivered in order: this one comes after those that are not sent.
    await put(operator, "hw-diff");
    await subscriber.message((one) => one.includes("hw-diff"));
    const names = changes.map(([, eventName]) => eventName);
    expect(notified().map(({ eventName }) => eventName)).toEqual([...names, "PutRolePolicy"]);
  });
});

describe("npm run drift", () => {
  const project = async (): Promise<Project> => {
    const client = new CodeBuildClient(harness.client);
    const { projects = [] } = await client.send(new BatchGetProjectsCommand({ names: ["hw-UnitTest"] }));
    return projects[0]!;
  };

  it("finds what was changed by hand, and repairs it after a confirmation", async () => {
    const { description = "" } = await project();
    const client = new CodeBuildClient(harness.client);
    await client.send(new UpdateProjectCommand({ name: "hw-UnitTest", description: "Changed by hand" }));
    const found = await harness.npm("drift");
    expect([found.code, found.code === 2 ? "" : found.output]).toEqual([2, ""]);
    expect(found.stdout).toMatch(
      /changed aws_codebuild_project\.\S+ of pipeline\n +description: .* → "?Changed by hand"?\n/,
    );

    const refused = await harness.npm("drift", ["--repair", "pipeline"], "yes\n");
    expect(refused).toMatchObject({
      code: 1,
      output: expect.stringContaining("Nothing was changed.") as string,
    });
    expect((await project()).description).toBe("Changed by hand");

    const repaired = await harness.npm("drift", ["--repair", "pipeline"], "pipeline\n");
    expect([repaired.code, repaired.code === 0 ? "" : repaired.output]).toEqual([0, ""]);
    expect((await project()).description).toBe(description);
  });
});
