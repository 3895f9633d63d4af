import { IAMClient } from "@aws-sdk/client-iam";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparePermissions, listed, summary } from "../../../tasks/permissions/compare";
import { stackFolder, synthesizedStacks } from "../../../tasks/terraform/synth-output";
import { pipelineStack, serviceStack, synthesized, type Synthesized } from "../../support/synth";
import { awsStandIn, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";

const at = { partition: "aws", region: "eu-west-1", accountId: "123456789012" };

/** What is deployed: a role's trust, boundary and permissions, by its name. */
type Deployed = Map<string, { trust: string; boundary: string; permissions: string }>;

let aws: AwsStandIn;
let iam: IAMClient;
let root: string;
let deployed: Deployed;

beforeAll(async () => {
  aws = await awsStandIn();
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "test" };
  iam = new IAMClient({ endpoint: aws.url, region: at.region, credentials, maxAttempts: 1 });
});
afterAll(() => {
  iam.destroy();
  aws.stop();
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "permissions-"));
  deployed = new Map();
  aws.answer = answer;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function answer({ operation, input }: Call): Reply {
  const role = deployed.get(String(input.RoleName));
  if (!role)
    return { status: 404, body: "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>" };
  const results: Record<string, string> = {
    GetRole: `<Role><AssumeRolePolicyDocument>${encodeURIComponent(role.trust)}</AssumeRolePolicyDocument>
      <PermissionsBoundary><PermissionsBoundaryArn>${role.boundary}</PermissionsBoundaryArn></PermissionsBoundary></Role>`,
    ListRolePolicies:
      "<PolicyNames><member>permissions</member></PolicyNames><IsTruncated>false</IsTruncated>",
    GetRolePolicy: `<PolicyDocument>${encodeURIComponent(role.permissions)}</PolicyDocument>`,
  };
  return {
    body: `<${operation}Response><${operation}Result>${results[operation]}</${operation}Result></${operation}Response>`,
  };
}

const stacks = (): Record<string, Synthesized> => ({
  pipeline: synthesized(pipelineStack()),
  "service-prod": synthesized(serviceStack("prod")),
});

/** Writes what a commit would deploy. */
function commit(stacks: Record<string, Synthesized>): void {
  for (const [id, stack] of Object.entries(stacks)) {
    mkdirSync(stackFolder(id, root), { recursive: true });
    writeFileSync(join(stackFolder(id, root), "cdk.tf.json"), JSON.stringify(stack));
  }
  const ids = Object.fromEntries(Object.keys(stacks).map((id) => [id, {}]));
  writeFileSync(join(root, "cdktf.out/manifest.json"), JSON.stringify({ stacks: ids }));
}

/** Makes a stack the deployed one. */
function deploy({ resource }: Synthesized): void {
  const text = (value: unknown) =>
    String(value)
      .replace(/\$\{data\.aws_partition[^}]*\}/g, at.partition)
      .replace(/\$\{data\.aws_region[^}]*\}/g, at.region)
      .replace(/\$\{data\.aws_caller_identity[^}]*\}/g, at.accountId);
  for (const [id, role] of Object.entries(resource.aws_iam_role ?? {})) {
    const permissions = Object.values(resource.aws_iam_role_policy ?? {}).find(({ role }) =>
      String(role).includes(`.${id}.`),
    );
    deployed.set(String(role.name), {
      trust: text(role.assume_role_policy),
      boundary: text(role.permissions_boundary),
      permissions: text(permissions?.policy),
    });
  }
}

/** Changes a role's policy in the commit. */
function change(stack: Synthesized, role: string, what: string, by: string): void {
  const [id] = Object.entries(stack.resource.aws_iam_role ?? {}).find(([, { name }]) => name === role)!;
  const policy = Object.values(stack.resource.aws_iam_role_policy ?? {}).find((one) =>
    String(one.role).includes(`.${id}.`),
  )!;
  expect(String(policy.policy)).toContain(what);
  policy.policy = String(policy.policy).replace(what, by);
}

const compare = () => comparePermissions(iam, at, synthesizedStacks(root), root);

it("the deployed stacks have no added permissions", async () => {
  const all = stacks();
  commit(all);
  Object.values(all).forEach(deploy);
  expect(deployed.size).toBeGreaterThan(8);
  await expect(compare()).resolves.toEqual([]);
});

it("an added permission is listed with its role and resource, and a removed one is not", async () => {
  const all = stacks();
  Object.values(all).forEach(deploy);
  change(all["service-prod"]!, "hw-prod-api", "documents/*", "*");
  change(all.pipeline!, "hw-pipeline-SelfUpdate", '"codebuild:UpdateProject",', "");
  commit(all);
  await expect(compare()).resolves.toEqual(
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"].map(
      (action) => `hw-prod-api: ${action} on arn:aws:s3:::acme-heavy-water-prod/*`,
    ),
  );
});

it("a changed trust policy and a changed boundary are listed", async () => {
  const all = stacks();
  Object.values(all).forEach(deploy);
  const role = Object.values(all["service-prod"]!.resource.aws_iam_role!).find(
    ({ name }) => name === "hw-prod-api",
  )!;
  role.assume_role_policy = String(role.assume_role_policy).replace("lambda.", "ec2.");
  role.permissions_boundary = "arn:aws:iam::123456789012:policy/wide";
  commit(all);
  await expect(compare()).resolves.toEqual([
    "hw-prod-api: trust policy: sts:AssumeRole by ec2.amazonaws.com",
    "hw-prod-api: permissions boundary arn:aws:iam::123456789012:policy/wide instead of arn:aws:iam::123456789012:policy/hw-function-boundary-prod",
  ]);
});

it("all permissions of a new role are listed, and none of a stack that is not deployed yet", async () => {
  const all = stacks();
  deploy(all.pipeline!);
  deployed.delete("hw-pipeline-UnitTest");
  commit(all);
  const lines = await compare();
  expect(lines).toContain(
    "hw-pipeline-UnitTest (new): ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/hw/*",
  );
  expect(lines.filter((line) => !line.startsWith("hw-pipeline-UnitTest (new): "))).toEqual([]);
});

it("permissions that are no longer denied are listed", async () => {
  const all = stacks();
  deploy(all.pipeline!);
  const role = deployed.get("hw-pipeline")!;
  role.permissions = role.permissions.replace(
    '"Statement":[',
    '"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"x"},',
  );
  commit({ pipeline: all.pipeline! });
  await expect(compare()).resolves.toEqual(["hw-pipeline: no longer denied s3:* on x"]);
});

it("an error of IAM fails the comparison", async () => {
  commit(stacks());
  aws.answer = () => ({
    status: 403,
    body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>",
  });
  await expect(compare()).rejects.toThrow("not authorized");
});

it("the summary is shortened to what CodePipeline shows, and counts the rest", () => {
  expect(summary([])).toBe("");
  expect(summary(["one", "two"])).toBe("one; two");
  const long = Array.from({ length: 100 }, (_, index) => `role: action ${index} on something`);
  expect(summary(long).length).toBeLessThan(900);
  expect(summary(long)).toMatch(/^role: action 0 on something; .*; \d+ more in the log of CheckBuild$/);
});

it("the list escapes invisible characters, and has a line for each permission", () => {
  expect(listed(["one: s3:* on a\u202Eb\nAdded: none", "more"])).toEqual([
    String.raw`Added: one: s3:* on a\u202eb\u000aAdded: none`,
    "Added: more",
  ]);
});

it("the summary escapes invisible characters and variables", () => {
  expect(summary(["one: s3:* on a\u202Eb #{Source1.CommitMessage}\n"])).toBe(
    String.raw`one: s3:* on a\u202eb # {Source1.CommitMessage}\u000a`,
  );
});
