import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { AwsContext } from "../../src/aws/aws-context";
import { assumeRole, assumeServiceRole, RoleNotAssumable, trusts } from "../../src/aws/service-role";
import { rootCredentials } from "../../src/ministack/emulator";
import { SessionLog } from "../../src/session-log";
import {
  ACCOUNT,
  createRole,
  REGION,
  sessionOf,
  testEmulator,
  type TestEmulator,
} from "../ministack/fixture";

const SERVICE = "codepipeline.amazonaws.com";

const allow = (statement: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }],
});

it.each([
  ["the service", allow({ Principal: { Service: SERVICE } })],
  ["the service among others", allow({ Principal: { Service: ["lambda.amazonaws.com", SERVICE] } })],
  ["a statement that is no list", { Statement: allow({ Principal: { Service: SERVICE } }).Statement[0] }],
  ["all of sts", allow({ Principal: { Service: SERVICE }, Action: ["sts:*"] })],
])("trusts %s", (_, policy) => {
  expect(trusts(policy, SERVICE)).toBe(true);
});

it.each([
  ["another service", allow({ Principal: { Service: "codebuild.amazonaws.com" } })],
  ["an account", allow({ Principal: { AWS: "arn:aws:iam::123456789012:root" } })],
  ["everybody", allow({ Principal: "*" })],
  ["a denial", allow({ Effect: "Deny", Principal: { Service: SERVICE } })],
  ["another action", allow({ Principal: { Service: SERVICE }, Action: "sts:TagSession" })],
  ["no policy", {}],
  ["nonsense", "trust me"],
])("does not trust %s", (_, policy) => {
  expect(trusts(policy, SERVICE)).toBe(false);
});

describe("a service that assumes a role", () => {
  const source = `arn:aws:codepipeline:${REGION}:${ACCOUNT}:hw-pipeline`;
  let emulator: TestEmulator;
  let aws: AwsContext;
  beforeAll(async () => {
    emulator = await testEmulator();
    aws = {
      region: REGION,
      account: ACCOUNT,
      endpoint: emulator.url,
      emulator: emulator.url,
      emulatorLog: emulator.logFile,
      root: rootCredentials(ACCOUNT),
      folder: "",
      log: new SessionLog("/nonexistent"),
      machine: {},
    };
  }, 120_000);
  afterAll(() => emulator.remove());

  /** A role that the pipeline `hw-pipeline` of this account may take, and nothing else. */
  async function pipelineRole(RoleName: string): Promise<string> {
    const trust = allow({
      Principal: { Service: SERVICE },
      Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT }, ArnEquals: { "aws:SourceArn": source } },
    });
    const { Role } = await new IAMClient(emulator.client()).send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    return Role!.Arn!;
  }

  const assume = (roleArn: string, sourceArn = source, service = SERVICE) =>
    assumeServiceRole(aws, service, roleArn, "a-session", sourceArn);

  it("acts as the role, in a session with this name", async () => {
    const credentials = await assume(await pipelineRole("acting"));
    const { Arn } = await new STSClient(emulator.client(credentials)).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/acting/a-session`);
  });

  it("assumes it only for the role's resource", async () => {
    const arn = await pipelineRole("for-one");
    await expect(assume(arn, `${source}-2`)).rejects.toThrow(RoleNotAssumable);
    await expect(assume(arn, source.replace(ACCOUNT, "999988887777"))).rejects.toThrow(arn);
  });

  it("cannot assume a role that trusts another service: the error names both", async () => {
    const arn = await pipelineRole("for-codepipeline");
    const refusal = assume(arn, source, "codebuild.amazonaws.com");
    await expect(refusal).rejects.toThrow(RoleNotAssumable);
    await expect(refusal).rejects.toThrow(`The trust policy of ${arn} does not let codebuild.amazonaws.com`);
    const forAccount = await createRole(emulator, "for-account", []);
    await expect(assume(forAccount)).rejects.toThrow(`does not let ${SERVICE} assume the role`);
  });

  it("cannot assume a missing role: the error names it", async () => {
    const arn = `arn:aws:iam::${ACCOUNT}:role/nowhere`;
    await expect(assume(arn)).rejects.toThrow(RoleNotAssumable);
    await expect(assume(arn)).rejects.toThrow(arn);
  });

  it("finds a role under a path by its name", async () => {
    const { Role } = await new IAMClient(emulator.client()).send(
      new CreateRoleCommand({
        RoleName: "under-a-path",
        Path: "/service-role/",
        AssumeRolePolicyDocument: JSON.stringify(allow({ Principal: { Service: SERVICE } })),
      }),
    );
    await expect(assume(Role!.Arn!)).resolves.toHaveProperty("sessionToken");
  });

  it("can assume another role only with the permission", async () => {
    const arn = await createRole(emulator, "action-role", []);
    const without = await sessionOf(emulator, "without", []);
    await expect(assumeRole(aws, without, arn, "a-session")).rejects.toThrow(RoleNotAssumable);
    const right = [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: arn }];
    const credentials = await assumeRole(aws, await sessionOf(emulator, "with", right), arn, "a-session");
    expect(credentials.accessKeyId).not.toBe("");
  });
});
