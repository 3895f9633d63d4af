import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
  UpdateProjectCommand,
} from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  CreatePipelineCommand,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListPipelinesCommand,
  PutApprovalResultCommand,
  PutWebhookCommand,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
} from "@aws-sdk/client-codepipeline";
import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../../src/aws/aws-context";
import { pipelineOperations } from "../../src/aws/codepipeline/operations";
import { pipelinePermissions } from "../../src/aws/codepipeline/permissions";
import { connectionOperations } from "../../src/aws/connections/operations";
import type { CallPermissions } from "../../src/aws/permissions";
import { connectionPermissions } from "../../src/aws/connections/permissions";
import { buildPermissions } from "../../src/aws/codebuild/permissions";
import { startAws, type AwsServer } from "../../src/aws/server";
import type { ActionChange, StateChange } from "../../src/aws/state-change";
import { rootCredentials } from "../../src/ministack/emulator";
import {
  ACCOUNT,
  createRole,
  REGION,
  sessionOf,
  testEmulator,
  type TestEmulator,
} from "../ministack/fixture";
import { Fixture, TOKEN } from "../github/fixture";
import { eventually } from "../support/eventually";
import { call } from "../../../__tests__/support/http";
import { build, declared, source, stage } from "./support/pipelines";

jest.setTimeout(60_000);

const PIPELINE = `arn:aws:codepipeline:${REGION}:${ACCOUNT}:delivery`;
const PROJECT = `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/UnitTest`;
const SERVICE_ROLE = `arn:aws:iam::${ACCOUNT}:role/delivery`;
const BUILD_ROLE = `arn:aws:iam::${ACCOUNT}:role/builds`;

let emulator: TestEmulator;
let github: Fixture;
let aws: AwsServer;
let folder: string;
const changes: StateChange[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "authorization-"));
  [emulator, github] = await Promise.all([testEmulator(), Fixture.start()]);
  aws = await startAws({
    region: REGION,
    account: ACCOUNT,
    emulator: emulator.url,
    emulatorLog: emulator.logFile,
    root: rootCredentials(ACCOUNT),
    folder,
    machine: process.env,
    github: { gitUrl: (owner, repository) => `${github.gitHub.url}/${owner}/${repository}.git` },
  });
  aws.events.on("change", (change) => changes.push(change));
  await github.commit("buildspec.yml", "version: 0.2\nphases: { build: { commands: [exit 1] } }", "Begin");
  await github.git("push", "--quiet", "origin", "main");
  await new S3Client({ ...emulator.client(), forcePathStyle: true }).send(
    new CreateBucketCommand({ Bucket: "artifacts" }),
  );
  // Without permissions. pipeline-run.test.ts tests a pipeline with permissions.
  await createRole(emulator, "delivery", [], { Service: "codepipeline.amazonaws.com" });
  await createRole(emulator, "builds", [], { Service: "codebuild.amazonaws.com" });
  await codebuild().send(new CreateProjectCommand(project));
  await codepipeline().send(new CreatePipelineCommand({ pipeline }));
}, 120_000);

afterAll(async () => {
  await aws.stop();
  await Promise.all([emulator.remove(), github.stop()]);
  await rm(folder, { recursive: true });
});

const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});

const configuration = { Owner: "acme", Repo: "api", Branch: "main", OAuthToken: TOKEN };
const pipeline = {
  ...declared([stage("Test", build("UnitTest"))]),
  roleArn: SERVICE_ROLE,
  stages: [
    stage("Source", source({ configuration: { ...configuration, PollForSourceChanges: "false" } })),
    stage("Test", build("UnitTest")),
  ],
};

const project = {
  name: "UnitTest",
  serviceRole: BUILD_ROLE,
  source: { type: "CODEPIPELINE" },
  artifacts: { type: "CODEPIPELINE" },
  environment: { type: "LINUX_CONTAINER", image: "aws/x:5.0", computeType: "BUILD_GENERAL1_SMALL" },
} as const;

const client = (credentials: Credentials = rootCredentials(ACCOUNT)) => ({
  ...emulator.client(credentials),
  endpoint: aws.context.endpoint,
});
const codepipeline = (credentials?: Credentials) => new CodePipelineClient(client(credentials));
const codebuild = (credentials?: Credentials) => new CodeBuildClient(client(credentials));
const getPipeline = (credentials?: Credentials) =>
  codepipeline(credentials).send(new GetPipelineCommand({ name: "delivery" }));

/** Returns "allowed", or the name and message of the error. */
async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return "allowed";
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

const denied = (role: string, action: string, resource: string, reason?: string) =>
  `AccessDeniedException: User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}/test is not authorized to ` +
  `perform: ${action} on resource: ${resource} ` +
  (reason ?? `because no identity-based policy allows the ${action} action`);

describe("the caller", () => {
  it("is the root of this account, not of another", async () => {
    expect(await outcome(getPipeline())).toBe("allowed");
    const other = await outcome(getPipeline(rootCredentials("999988887777")));
    expect(other).toContain("AccessDeniedException: User: arn:aws:iam::999988887777:root is not authorized");
  });

  it("is rejected without a signature", async () => {
    const answer = await call(
      aws.context.endpoint,
      { method: "POST", headers: { "X-Amz-Target": "CodePipeline_20150709.ListPipelines" } },
      "{}",
    );
    expect(JSON.parse(answer.body)).toMatchObject({ __type: "MissingAuthenticationTokenException" });
    expect(answer.status).toBe(400);
  });

  it("is rejected with an unknown key", async () => {
    const unknown = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" };
    expect(await outcome(getPipeline(unknown))).toMatch(/^UnrecognizedClientException: The security token/);
  });

  it("is rejected with a wrong secret, or a wrong or missing token", async () => {
    const session = await sessionOf(emulator, "reader", [allow("codepipeline:*", "*")]);
    expect(await outcome(getPipeline(session))).toBe("allowed");
    const attempts = [
      { ...session, secretAccessKey: "wrong" },
      { ...session, sessionToken: "wrong" },
      { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey },
    ];
    const outcomes = await Promise.all(attempts.map((attempt) => outcome(getPipeline(attempt))));
    expect(outcomes.map((text) => text.split(":")[0])).toEqual([
      "InvalidSignatureException",
      "UnrecognizedClientException",
      "UnrecognizedClientException",
    ]);
  });

  it("is rejected if the body differs from the signed one", async () => {
    const changing = codepipeline(await sessionOf(emulator, "changing", [allow("codepipeline:*", "*")]));
    changing.middlewareStack.add(
      (next) => (args) => {
        // Of the same length, which is a signed header.
        (args.request as { body: string }).body = JSON.stringify({ name: "delivers" });
        return next(args);
      },
      // After the request has been signed.
      { step: "deserialize" },
    );
    const request = changing.send(new GetPipelineCommand({ name: "delivery" }));
    expect(await outcome(request)).toMatch(/^InvalidSignatureException/);
  });

  it("can be a user", async () => {
    const iam = new IAMClient(emulator.client());
    await iam.send(new CreateUserCommand({ UserName: "ada" }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [allow(["codepipeline:StartPipelineExecution", "codepipeline:GetPipeline"], PIPELINE)],
    });
    await iam.send(new PutUserPolicyCommand({ UserName: "ada", PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ada" }));
    const ada = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    expect(await outcome(getPipeline(ada))).toBe("allowed");
    const { pipelineExecutionId } = await codepipeline(ada).send(
      new StartPipelineExecutionCommand({ name: "delivery" }),
    );
    expect(aws.codepipeline.getExecution("delivery", pipelineExecutionId!).execution.trigger).toEqual({
      triggerType: "StartPipelineExecution",
      triggerDetail: `arn:aws:iam::${ACCOUNT}:user/ada`,
    });
  });
});

describe("a call", () => {
  it("is denied if no policy allows it, with the action and resource that AWS names", async () => {
    const session = await sessionOf(emulator, "narrow", [allow("codepipeline:GetPipeline", `${PIPELINE}-2`)]);
    expect(await outcome(getPipeline(session))).toBe(denied("narrow", "codepipeline:GetPipeline", PIPELINE));
    const decide = codepipeline(session).send(
      new PutApprovalResultCommand({
        pipelineName: "delivery",
        stageName: "Approval",
        actionName: "Approve",
        result: { summary: "", status: "Approved" },
        token: "x",
      }),
    );
    const approval = `${PIPELINE}/Approval/Approve`;
    expect(await outcome(decide)).toBe(denied("narrow", "codepipeline:PutApprovalResult", approval));
    const list = codepipeline(session).send(new ListPipelinesCommand({}));
    expect(await outcome(list)).toBe(denied("narrow", "codepipeline:ListPipelines", "*"));
    const build = codebuild(session).send(new StartBuildCommand({ projectName: "UnitTest" }));
    expect(await outcome(build)).toBe(denied("narrow", "codebuild:StartBuild", PROJECT));
  });

  it("is denied by an explicit deny, even if another policy allows it", async () => {
    const session = await sessionOf(emulator, "denied", [
      allow("codepipeline:*", "*"),
      { Effect: "Deny", Action: "codepipeline:GetPipeline", Resource: PIPELINE },
    ]);
    const reason = "with an explicit deny in an identity-based policy";
    expect(await outcome(getPipeline(session))).toBe(
      denied("denied", "codepipeline:GetPipeline", PIPELINE, reason),
    );
  });

  it("is denied if the permissions boundary does not allow it, or denies it", async () => {
    const session = await sessionOf(emulator, "bounded", [allow("codepipeline:*", "*")]);
    const bound = async (PolicyName: string, Statement: object[]) => {
      const iam = new IAMClient(emulator.client());
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
      const PermissionsBoundary = Policy!.Arn!;
      await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "bounded", PermissionsBoundary }));
    };
    await bound("s3-only", [allow("s3:*", "*")]);
    expect(await outcome(getPipeline(session))).toBe(
      denied(
        "bounded",
        "codepipeline:GetPipeline",
        PIPELINE,
        "because no permissions boundary allows the codepipeline:GetPipeline action",
      ),
    );
    await bound("all-but-one", [
      allow("*", "*"),
      { Effect: "Deny", Action: "codepipeline:GetPipeline", Resource: "*" },
    ]);
    expect(await outcome(getPipeline(session))).toMatch(/with an explicit deny in a permissions boundary$/);
    await bound("all", [allow("*", "*")]);
    expect(await outcome(getPipeline(session))).toBe("allowed");
  });

  it("is denied if the session policy does not allow it", async () => {
    const RoleArn = await createRole(emulator, "shared", [allow("codepipeline:*", "*")]);
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [allow("s3:*", "*")] });
    const { Credentials: issued } = await new STSClient(emulator.client()).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test", Policy }),
    );
    const session = {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    };
    expect(await outcome(getPipeline(session))).toMatch(
      /because no session policy allows the codepipeline:GetPipeline action$/,
    );
  });

  it("is denied if one of several resources is not allowed", async () => {
    const session = await sessionOf(emulator, "one-of-two", [allow("codebuild:BatchGetProjects", PROJECT)]);
    const ask = (names: string[]) => outcome(codebuild(session).send(new BatchGetProjectsCommand({ names })));
    expect(await ask([PROJECT])).toBe("allowed");
    expect(await ask(["UnitTest", "Other"])).toBe(
      denied("one-of-two", "codebuild:BatchGetProjects", PROJECT.replace("UnitTest", "Other")),
    );
  });

  it("is denied for a webhook without a permission for its pipeline", async () => {
    const webhookArn = `arn:aws:codepipeline:${REGION}:${ACCOUNT}:webhook:push`;
    const session = await sessionOf(emulator, "hooks", [allow("codepipeline:PutWebhook", webhookArn)]);
    const webhook = {
      name: "push",
      targetPipeline: "delivery",
      targetAction: "Source1",
      filters: [{ jsonPath: "$.ref" }],
      authentication: "UNAUTHENTICATED" as const,
      authenticationConfiguration: {},
    };
    expect(await outcome(codepipeline(session).send(new PutWebhookCommand({ webhook })))).toBe(
      denied("hooks", "codepipeline:PutWebhook", PIPELINE),
    );
  });
});

describe("passing a role", () => {
  const manage = [
    allow("codepipeline:*", `arn:aws:codepipeline:${REGION}:${ACCOUNT}:*`),
    allow("codebuild:*", `arn:aws:codebuild:${REGION}:${ACCOUNT}:*`),
  ];
  const only = (service: string) => ({ Condition: { StringEquals: { "iam:PassedToService": service } } });

  it("requires iam:PassRole for the role", async () => {
    const session = await sessionOf(emulator, "no-pass", manage);
    const named = { ...pipeline, name: "passed" };
    const refusedFor = (role: string) => denied("no-pass", "iam:PassRole", role);
    const create = codepipeline(session).send(new CreatePipelineCommand({ pipeline: named }));
    expect(await outcome(create)).toBe(refusedFor(SERVICE_ROLE));
    expect(aws.codepipeline.find("passed")).toBeUndefined();
    const update = codepipeline(session).send(new UpdatePipelineCommand({ pipeline }));
    expect(await outcome(update)).toBe(refusedFor(SERVICE_ROLE));
    const projects = codebuild(session);
    const another = projects.send(new CreateProjectCommand({ ...project, name: "Another" }));
    expect(await outcome(another)).toBe(refusedFor(BUILD_ROLE));
    const changed = { name: "UnitTest", serviceRole: BUILD_ROLE };
    expect(await outcome(projects.send(new UpdateProjectCommand(changed)))).toBe(refusedFor(BUILD_ROLE));
    // Without a new role there is none to pass.
    const described = new UpdateProjectCommand({ name: "UnitTest", description: "tests" });
    expect(await outcome(projects.send(described))).toBe("allowed");
  });

  it("does not include a connection, which requires PassConnection under the service name of its ARN", async () => {
    const ConnectionArn = `arn:aws:codestar-connections:${REGION}:${ACCOUNT}:connection/1`;
    const connected = structuredClone({ ...pipeline, name: "connected" });
    connected.stages[0]!.actions![0] = {
      name: "Source1",
      actionTypeId: { category: "Source", owner: "AWS", provider: "CodeStarSourceConnection", version: "1" },
      configuration: { ConnectionArn, FullRepositoryId: "acme/api", BranchName: "main" },
      outputArtifacts: [{ name: "source" }],
    };
    const passing = [...manage, allow("iam:PassRole", "*")];
    const createAs = async (name: string, statements: object[]) =>
      outcome(
        codepipeline(await sessionOf(emulator, name, statements)).send(
          new CreatePipelineCommand({ pipeline: connected }),
        ),
      );
    const action = "codestar-connections:PassConnection";
    expect(await createAs("no-connection", passing)).toBe(denied("no-connection", action, ConnectionArn));
    expect(await createAs("connects", [...passing, allow(action, ConnectionArn)])).toBe("allowed");
  });

  it("is denied to another service than the permission allows", async () => {
    const session = await sessionOf(emulator, "other-service", [
      ...manage,
      allow("iam:PassRole", "*", only("codebuild.amazonaws.com")),
    ]);
    const create = codepipeline(session).send(
      new CreatePipelineCommand({ pipeline: { ...pipeline, name: "other-service" } }),
    );
    expect(await outcome(create)).toBe(denied("other-service", "iam:PassRole", SERVICE_ROLE));
    const another = codebuild(session).send(new CreateProjectCommand({ ...project, name: "OtherService" }));
    expect(await outcome(another)).toBe("allowed");
  });

  it("is allowed with iam:PassRole, while tags require another permission", async () => {
    const session = await sessionOf(emulator, "passes", [
      allow("codepipeline:CreatePipeline", "*"),
      allow("iam:PassRole", SERVICE_ROLE, only("codepipeline.amazonaws.com")),
    ]);
    const create = (name: string, tags?: { key: string; value: string }[]) =>
      outcome(
        codepipeline(session).send(new CreatePipelineCommand({ pipeline: { ...pipeline, name }, tags })),
      );
    const tagged = PIPELINE.replace(/delivery$/, "tagged");
    expect(await create("tagged", [{ key: "team", value: "x" }])).toBe(
      denied("passes", "codepipeline:TagResource", tagged),
    );
    expect(await create("untagged")).toBe("allowed");
    expect(aws.codepipeline.get("untagged").executions[0]!.trigger).toEqual({
      triggerType: "CreatePipeline",
      triggerDetail: `arn:aws:sts::${ACCOUNT}:assumed-role/passes/test`,
    });
  });
});

it("names who disabled the transition into a stage", async () => {
  const stageArn = `${PIPELINE}/Test`;
  const session = await sessionOf(emulator, "closer", [
    allow("codepipeline:DisableStageTransition", stageArn),
  ]);
  await codepipeline(session).send(
    new DisableStageTransitionCommand({
      pipelineName: "delivery",
      stageName: "Test",
      transitionType: "Inbound",
      reason: "freeze",
    }),
  );
  const { stageStates } = await codepipeline().send(new GetPipelineStateCommand({ name: "delivery" }));
  expect(stageStates![1]!.inboundTransitionState).toMatchObject({
    enabled: false,
    lastChangedBy: `arn:aws:sts::${ACCOUNT}:assumed-role/closer/test`,
  });
  const opening = new EnableStageTransitionCommand({
    pipelineName: "delivery",
    stageName: "Test",
    transitionType: "Inbound",
  });
  expect(await outcome(codepipeline(session).send(opening))).toBe(
    denied("closer", "codepipeline:EnableStageTransition", stageArn),
  );
});

it("names the role and session that started a build", async () => {
  const session = await sessionOf(emulator, "starter", [allow("codebuild:StartBuild", PROJECT)]);
  const { build } = await codebuild(session).send(
    new StartBuildCommand({
      projectName: "UnitTest",
      sourceTypeOverride: "NO_SOURCE",
      buildspecOverride: "version: 0.2\nphases: { build: { commands: [exit 1] } }",
      artifactsOverride: { type: "NO_ARTIFACTS" },
    }),
  );
  expect(build!.initiator).toBe("starter/test");
});

describe("a pipeline whose role is not allowed to", () => {
  it.each([
    ["start builds", "no-builds", [], "startBuild", "codebuild:StartBuild"],
    ["read builds", "blind", ["codebuild:StartBuild"], "batchGetBuilds", "codebuild:BatchGetBuilds"],
  ])("%s fails its action with CodePipeline's message", async (_, name, builds, operation, action) => {
    const permissions = [
      allow("s3:PutObject", "arn:aws:s3:::artifacts/*"),
      allow([...builds, "sns:Publish"], "*"),
    ];
    const roleArn = await createRole(emulator, name, permissions, { Service: "codepipeline.amazonaws.com" });
    const named = { ...pipeline, name, roleArn };
    await codepipeline().send(new CreatePipelineCommand({ pipeline: named }));
    const failed = await eventually("the action fails", () =>
      changes.find(
        (change): change is ActionChange =>
          change.kind === "action" && change.pipeline === name && change.state === "FAILED",
      ),
    );
    const { code, message } = failed.error!;
    expect([failed.action, code]).toEqual(["UnitTest", "PermissionError"]);
    expect(message).toContain(
      `Error calling ${operation}: User: arn:aws:sts::${ACCOUNT}:assumed-role/${name}/`,
    );
    expect(message).toContain(
      `is not authorized to perform: ${action} on resource: ${PROJECT} ` +
        `because no identity-based policy allows the ${action} action`,
    );
    expect(failed.externalExecutionId).toBeUndefined();
  });
});

it("records every decision except those for root", async () => {
  await sessionOf(emulator, "counted", [allow("codepipeline:GetPipeline", PIPELINE)]).then(
    async (session) => {
      await getPipeline(session);
      await getPipeline(session);
      await outcome(codepipeline(session).send(new ListPipelinesCommand({})));
    },
  );
  const principal = `arn:aws:iam::${ACCOUNT}:role/counted`;
  const kept = (await emulator.decisions()).filter((decision) => decision.principal === principal);
  expect(kept).toEqual([
    { principal, action: "codepipeline:GetPipeline", resource: PIPELINE, allowed: true, count: 2 },
    { principal, action: "codepipeline:ListPipelines", resource: "*", allowed: false, count: 1 },
  ]);
  const all = await emulator.decisions();
  expect(all.filter((decision) => decision.principal.endsWith(":root"))).toEqual([]);
});

it("has permissions for every operation", () => {
  const names = (table: object) => Object.keys(table).sort();
  expect(names(pipelinePermissions(aws.context))).toEqual(names(pipelineOperations(aws.codepipeline)));
  expect(names(buildPermissions(aws.context))).toEqual(names(aws.codebuild.operations));
  const connections = connectionOperations(aws.connections, "codeconnections");
  expect(names(connectionPermissions(aws.context, "codeconnections"))).toEqual(names(connections));
});

it.each([{}, { names: "x", ids: 1, tags: "y" }, { pipeline: null, webhook: [], name: {} }])(
  "requires permissions for the invalid input %j",
  (input) => {
    const entries = [
      ...Object.values(pipelinePermissions(aws.context)),
      ...Object.values(buildPermissions(aws.context)),
    ];
    for (const permissionsOf of entries as ((input: object) => CallPermissions)[]) {
      expect(permissionsOf(input).resources.length).toBeGreaterThan(0);
    }
  },
);
