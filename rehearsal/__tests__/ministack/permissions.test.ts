import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import {
  ACCOUNT,
  createRole,
  decision,
  functionZip,
  REGION,
  sessionOf,
  testEmulator,
  WORKAROUNDS,
  type TestEmulator,
} from "./fixture";

let emulator: TestEmulator;
/** The same without any workaround: shows that the gap is still there. */
let bare: TestEmulator;

beforeAll(async () => {
  [emulator, bare] = await Promise.all([testEmulator(), testEmulator(WORKAROUNDS)]);
}, 120_000);
afterAll(() => Promise.all([emulator.remove(), bare.remove()]));

const boundary = `arn:aws:iam::${ACCOUNT}:policy/limits`;
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
});
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
});

describe("the condition iam:PermissionsBoundary", () => {
  /** A client whose role may create and change roles only if they carry the boundary. */
  async function builder(on: TestEmulator): Promise<IAMClient> {
    const root = new IAMClient(on.client());
    await root.send(new CreatePolicyCommand({ PolicyName: "limits", PolicyDocument: policy }));
    const onlyBounded = { StringEquals: { "iam:PermissionsBoundary": boundary } };
    const Action = [
      ...["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"],
      ...["iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription", "iam:DeleteRole"],
    ];
    const session = await sessionOf(on, "builder", [
      { Effect: "Allow", Action, Resource: "*", Condition: onlyBounded },
    ]);
    return new IAMClient(on.client(session));
  }

  it("applies to the roles that a request creates and changes", async () => {
    const iam = await builder(emulator);
    const create = (RoleName: string, PermissionsBoundary?: string) =>
      decision(
        iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, PermissionsBoundary })),
      );
    const change = (RoleName: string) =>
      decision(iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: policy })));
    const bind = (PermissionsBoundary: string) =>
      decision(iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: "bound", PermissionsBoundary })));
    await createRole(emulator, "unbound", []);

    expect(await create("bound", boundary)).toBe("allowed");
    expect(await create("free")).toMatch(/not authorized to perform: iam:CreateRole/);
    expect(await create("other", "arn:aws:iam::aws:policy/ReadOnlyAccess")).toMatch(/iam:CreateRole/);
    expect(await change("bound")).toBe("allowed");
    expect(await change("unbound")).toMatch(/not authorized to perform: iam:PutRolePolicy/);
    expect(await bind(boundary)).toBe("allowed");
    expect(await bind("arn:aws:iam::aws:policy/ReadOnlyAccess")).toMatch(/iam:PutRolePermissionsBoundary/);

    const others = (RoleName: string) => [
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
      iam.send(new UpdateRoleCommand({ RoleName, Description: "mine" })),
      iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "mine" })),
    ];
    expect(await Promise.all(others("bound").map(decision))).toEqual(["allowed", "allowed", "allowed"]);
    expect(await Promise.all(others("unbound").map(decision))).toEqual([
      expect.stringMatching(/iam:UpdateAssumeRolePolicy/),
      expect.stringMatching(/iam:UpdateRole/),
      expect.stringMatching(/iam:UpdateRoleDescription/),
    ]);
    const remove = new DeleteRoleCommand({ RoleName: "unbound" });
    expect(await decision(iam.send(remove))).toMatch(/iam:DeleteRole/);
  });

  it("is unknown to ministack itself", async () => {
    const iam = await builder(bare);
    const bounded = { RoleName: "bound", AssumeRolePolicyDocument: trust, PermissionsBoundary: boundary };
    expect(await decision(iam.send(new CreateRoleCommand(bounded)))).toMatch(/iam:CreateRole/);
  });
});

describe("a function's role", () => {
  const lambdaTrust = { Service: "lambda.amazonaws.com" };

  async function create(on: TestEmulator, client: LambdaClient, FunctionName: string, Role: string) {
    const Code = { ZipFile: await functionZip("exports.handler = async () => 1") };
    const command = new CreateFunctionCommand({
      FunctionName,
      Role,
      Code,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
    });
    return decision(client.send(command));
  }

  /** Returns a client with all permissions on functions and permission to pass the role `passable` to Lambda. */
  async function deployer(on: TestEmulator): Promise<LambdaClient> {
    const toLambda = { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } };
    const session = await sessionOf(on, "deployer", [
      { Effect: "Allow", Action: "lambda:*", Resource: "*" },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: `arn:aws:iam::${ACCOUNT}:role/passable`,
        Condition: toLambda,
      },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: `arn:aws:iam::${ACCOUNT}:role/for-builds`,
        Condition: {
          StringEquals: { "iam:PassedToService": "codebuild.amazonaws.com" },
        },
      },
    ]);
    return new LambdaClient(on.client(session));
  }

  it("must be one that the caller is allowed to pass to Lambda", async () => {
    const lambda = await deployer(emulator);
    const passable = await createRole(emulator, "passable", [], lambdaTrust);
    const powerful = await createRole(emulator, "powerful", [], lambdaTrust);
    const forBuilds = await createRole(emulator, "for-builds", [], lambdaTrust);

    expect(await create(emulator, lambda, "allowed", passable)).toBe("allowed");
    expect(await create(emulator, lambda, "refused", powerful)).toContain(
      `is not authorized to perform: iam:PassRole on resource: ${powerful}`,
    );
    expect(await create(emulator, lambda, "elsewhere", forBuilds)).toContain("iam:PassRole");
    const swap = new UpdateFunctionConfigurationCommand({ FunctionName: "allowed", Role: powerful });
    expect(await decision(lambda.send(swap))).toContain("iam:PassRole");
    const keep = new UpdateFunctionConfigurationCommand({ FunctionName: "allowed", Timeout: 5 });
    expect(await decision(lambda.send(keep))).toBe("allowed");
    // The refusal of an earlier request must not be named in a later one's.
    const none = new S3Client({
      ...emulator.client(await sessionOf(emulator, "none", [])),
      forcePathStyle: true,
    });
    expect(await decision(none.send(new CreateBucketCommand({ Bucket: "some-bucket" })))).toContain(
      "s3:CreateBucket",
    );
  });

  it("must trust Lambda", async () => {
    const root = new LambdaClient(emulator.client());
    const role = await createRole(emulator, "codebuild-only", [], { Service: "codebuild.amazonaws.com" });
    await expect(create(emulator, root, "untrusted", role)).rejects.toThrow("cannot be assumed by Lambda");
  });

  it("can be any in ministack itself", async () => {
    const lambda = await deployer(bare);
    const powerful = await createRole(bare, "powerful", [], { Service: "codebuild.amazonaws.com" });
    expect(await create(bare, lambda, "escalated", powerful)).toBe("allowed");
  });
});

describe("reading several parameters", () => {
  async function reader(on: TestEmulator): Promise<SSMClient> {
    const root = new SSMClient(on.client());
    for (const Name of ["/mine/a", "/mine/b", "/theirs/c"]) {
      await root.send(new PutParameterCommand({ Name, Value: "v", Type: "String" }));
    }
    const Resource = ["/mine", "/mine/*"].map((name) => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`);
    const Action = ["ssm:GetParameters", "ssm:GetParametersByPath"];
    return new SSMClient(on.client(await sessionOf(on, "reader", [{ Effect: "Allow", Action, Resource }])));
  }

  it("needs a permission for each of them", async () => {
    const ssm = await reader(emulator);
    const get = (...Names: string[]) => decision(ssm.send(new GetParametersCommand({ Names })));
    const list = (Path: string) =>
      decision(ssm.send(new GetParametersByPathCommand({ Path, Recursive: true })));

    expect(await get("/mine/a", "/mine/b")).toBe("allowed");
    expect(await get("/mine/a:1")).toBe("allowed");
    expect(await get("/mine/a", "/theirs/c")).toContain("parameter/theirs/c");
    expect(await get("/theirs/c", "/mine/a")).toContain("parameter/theirs/c");
    expect(await list("/mine")).toBe("allowed");
    expect(await list("/theirs")).toContain("parameter/theirs");
    expect(await list("/")).toContain("ssm:GetParametersByPath");
  });

  it("is refused by ministack itself, whatever the parameters", async () => {
    const ssm = await reader(bare);
    expect(await decision(ssm.send(new GetParametersCommand({ Names: ["/mine/a"] })))).toMatch(
      /GetParameters/,
    );
    const byPath = new GetParametersByPathCommand({ Path: "/mine" });
    expect(await decision(ssm.send(byPath))).toMatch(/GetParametersByPath/);
  });
});

it("creating a resource with tags needs the permission to tag it, which ministack itself does not check", async () => {
  const Tags = [{ Key: "project", Value: "heavy-water" }];
  const make = async (on: TestEmulator, session: string, ...Action: string[]) => {
    const credentials = await sessionOf(on, session, [{ Effect: "Allow", Action, Resource: "*" }]);
    const role = { RoleName: `${session}-made`, AssumeRolePolicyDocument: trust, Tags };
    const topic = { Name: `${session}-made`, Tags };
    return [
      await decision(new IAMClient(on.client(credentials)).send(new CreateRoleCommand(role))),
      await decision(new SNSClient(on.client(credentials)).send(new CreateTopicCommand(topic))),
    ];
  };
  const create = ["iam:CreateRole", "sns:CreateTopic"];
  expect(await make(emulator, "maker", ...create)).toEqual([
    expect.stringContaining(`iam:TagRole on resource: arn:aws:iam::${ACCOUNT}:role/maker-made`),
    expect.stringContaining(`sns:TagResource on resource: arn:aws:sns:${REGION}:${ACCOUNT}:maker-made`),
  ]);
  expect(await make(emulator, "tagger", ...create, "iam:TagRole", "sns:TagResource")).toEqual([
    "allowed",
    "allowed",
  ]);
  expect(await make(bare, "maker", ...create)).toEqual(["allowed", "allowed"]);
});

it("a denial names the resource, which ministack itself omits", async () => {
  const refusal = async (on: TestEmulator) => {
    await new S3Client({ ...on.client(), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "the-bucket" }),
    );
    const session = await sessionOf(on, "powerless", []);
    const s3 = new S3Client({ ...on.client(session), forcePathStyle: true });
    return decision(s3.send(new PutObjectCommand({ Bucket: "the-bucket", Key: "key", Body: "x" })));
  };
  expect(await refusal(emulator)).toContain("s3:PutObject on resource: arn:aws:s3:::the-bucket/key");
  expect(await refusal(bare)).not.toContain("the-bucket");
});
