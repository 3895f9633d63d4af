import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importExisting, localState } from "../../../tasks/terraform/import-existing";
import { stackFolder } from "../../../tasks/terraform/synth-output";
import { awsOfThisProcess, type AwsStandIn, type Call, type Reply } from "../aws-stand-in";

const caller = "arn:aws-cn:iam::123456789012:user/ada";

const stack = {
  aws_s3_bucket: { states: { bucket: "acme-state" } },
  aws_s3_bucket_versioning: { states: { bucket: "${aws_s3_bucket.states.id}" } },
  aws_ssm_parameter: { name: { name: "/hw/hw_stack_name" } },
  aws_secretsmanager_secret: { token: { name: "PIPELINE_GITHUB" } },
  aws_iam_role: { diff: { name: "hw-diff" } },
  aws_iam_policy: { boundary: { name: "hw-boundary" } },
};

/** The import id of each of them, where it is there. */
const ids = {
  "aws_s3_bucket.states": "acme-state",
  "aws_ssm_parameter.name": "/hw/hw_stack_name",
  "aws_secretsmanager_secret.token":
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PIPELINE_GITHUB-AbCdEf",
  "aws_iam_role.diff": "hw-diff",
  "aws_iam_policy.boundary": "arn:aws-cn:iam::123456789012:policy/hw-boundary",
};

const listing = (count: number) => `<ListBucketResult><KeyCount>${count}</KeyCount></ListBucketResult>`;

const there = ({ operation, input }: Call): Reply => {
  switch (operation) {
    case "DescribeSecret":
      return { body: { ARN: ids["aws_secretsmanager_secret.token"] } };
    case "GetParameter":
      return { body: { Parameter: { Name: input.Name } } };
    case "GET":
      return { body: listing(0) };
    default:
      return { body: `<${operation}Response><${operation}Result/></${operation}Response>` };
  }
};

/** As each service says it. */
const missing = ({ operation }: Call): Reply => {
  switch (operation) {
    case "DescribeSecret":
      return { status: 400, body: { __type: "ResourceNotFoundException" } };
    case "GetParameter":
      return { status: 400, body: { __type: "ParameterNotFound" } };
    case "GET":
      return { status: 404, body: "<Error><Code>NoSuchBucket</Code></Error>" };
    default:
      return { status: 404, body: "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>" };
  }
};

let aws: AwsStandIn;
let root: string;
let state: string;

beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

beforeEach(() => {
  aws.calls.length = 0;
  root = mkdtempSync(join(tmpdir(), "import-existing-"));
  state = join(root, "terraform.state.tfstate");
  mkdirSync(stackFolder("state", root), { recursive: true });
  synthesize(stack);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function synthesize(resource: object): void {
  writeFileSync(
    join(stackFolder("state", root), "cdk.tf.json"),
    JSON.stringify({ terraform: { backend: {} }, resource }),
  );
}

/** A state as Terraform writes it. */
const stateOf = (known: object[]) =>
  JSON.stringify({ version: 4, serial: 1, lineage: "one", resources: known });

const file = () => join(stackFolder("state", root), "import.tf.json");
const importAll = () => importExisting("state", localState(state), caller, root);

function imports(): Record<string, string> {
  const { import: blocks } = JSON.parse(readFileSync(file(), "utf8")) as {
    import: { to: string; id: string }[];
  };
  return Object.fromEntries(blocks.map(({ to, id }) => [to, id]));
}

it("an existing resource that is in no state is imported, by the id that Terraform requires", async () => {
  aws.answer = there;
  expect((await importAll()).sort()).toEqual(Object.keys(ids).sort());
  expect(imports()).toEqual(ids);
});

it("a resource in the state is neither looked up nor imported", async () => {
  aws.answer = there;
  const known = [
    { type: "aws_s3_bucket", name: "states" },
    { type: "aws_iam_role", name: "diff" },
  ];
  writeFileSync(state, stateOf(known));
  await importAll();
  const { "aws_s3_bucket.states": _bucket, "aws_iam_role.diff": _role, ...rest } = ids;
  expect(imports()).toEqual(rest);
  expect(aws.calls.map(({ operation }) => operation)).not.toContain("GetRole");
});

it("a resource that the stack imports itself is not imported a second time", async () => {
  aws.answer = there;
  const own = { to: "aws_iam_role.diff", id: "hw-diff" };
  writeFileSync(
    join(stackFolder("state", root), "cdk.tf.json"),
    JSON.stringify({ terraform: { backend: {} }, resource: stack, import: [own] }),
  );
  await importAll();
  const { "aws_iam_role.diff": _role, ...rest } = ids;
  expect(imports()).toEqual(rest);
});

it("an excluded resource is neither looked up nor imported", async () => {
  aws.answer = there;
  const roles = ({ type }: { type: string }) => type === "aws_iam_role";
  expect(await importExisting("state", undefined, caller, root, roles)).toEqual(["aws_iam_role.diff"]);
  expect(imports()).toEqual({ "aws_iam_role.diff": "hw-diff" });
  expect(aws.calls.map(({ operation }) => operation)).toEqual(["GetRole"]);
});

it("a missing resource is left for Terraform to create, and an earlier import file is deleted", async () => {
  aws.answer = there;
  await importAll();
  expect(existsSync(file())).toBe(true);
  aws.answer = missing;
  expect(await importAll()).toEqual([]);
  expect(existsSync(file())).toBe(false);
});

it("an empty state file has no resources", async () => {
  aws.answer = there;
  writeFileSync(state, "");
  expect(await importAll()).toHaveLength(Object.keys(ids).length);
});

it("a bucket of another account is refused, with its name and the setting", async () => {
  aws.answer = (call) => (call.operation === "GET" ? { status: 403 } : missing(call));
  await expect(importAll()).rejects.toThrow(/acme-state[^]*another pipeline_state_bucket_name/);
  expect(existsSync(file())).toBe(false);
});

it.each([
  ["pipeline", "pipeline_bucket_name"],
  ["service-dev", "hw_stack_bucket_name"],
])("a bucket of another account in the stack %s is refused, with the setting %s", async (id, setting) => {
  mkdirSync(stackFolder(id, root), { recursive: true });
  const synthesized = { terraform: { backend: {} }, resource: { aws_s3_bucket: { a: { bucket: "acme" } } } };
  writeFileSync(join(stackFolder(id, root), "cdk.tf.json"), JSON.stringify(synthesized));
  aws.answer = () => ({ status: 403 });
  await expect(importExisting(id, undefined, caller, root)).rejects.toThrow(
    `The bucket acme exists, but refuses you: it belongs to another account (bucket names are global), or you lack s3:ListBucket. Choose another ${setting},`,
  );
});

it.each([
  [
    "a refusal of something else than a bucket",
    "GetParameter",
    { status: 403, body: { __type: "AccessDeniedException", message: "not authorized" } },
    "not authorized",
  ],
  [
    "a fault of AWS",
    "DescribeSecret",
    { status: 500, body: { __type: "InternalServiceError", message: "try later" } },
    "try later",
  ],
  [
    "a fault of S3",
    "GET",
    { status: 500, body: "<Error><Code>InternalError</Code><Message>try later</Message></Error>" },
    "try later",
  ],
])("%s is not taken for a missing resource", async (_, operation, reply, message) => {
  aws.answer = (call) => (call.operation === operation ? reply : missing(call));
  await expect(importAll()).rejects.toThrow(message);
});

it("a state bucket with objects is refused", async () => {
  aws.answer = (call) => (call.operation === "GET" ? { body: listing(1) } : missing(call));
  await expect(importAll()).rejects.toThrow(/acme-state[^]*another pipeline_state_bucket_name/);
  expect(existsSync(file())).toBe(false);
});

it("an identity provider for GitHub Actions is imported only from an earlier bootstrap", async () => {
  const tags = { hw_stack_name: "hw", project: "heavy-water" };
  const github = { url: "https://token.actions.githubusercontent.com", tags };
  synthesize({ aws_iam_openid_connect_provider: { github } });
  const tagged = (deployed: Record<string, string>) => () => ({
    body: `<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult><Tags>${Object.entries(deployed)
      .map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`)
      .join("")}</Tags></GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>`,
  });
  aws.answer = missing;
  expect(await importAll()).toEqual([]);
  aws.answer = tagged({ team: "a", ...tags });
  expect(await importAll()).toEqual(["aws_iam_openid_connect_provider.github"]);
  for (const other of [
    { ...tags, hw_stack_name: "other" },
    { hw_stack_name: "hw" },
    { hw_stack_name: "heavy-water", project: "hw" },
  ]) {
    aws.answer = tagged(other);
    await expect(importAll()).rejects.toThrow(/pipeline_github_oidc=existing/);
  }
  aws.answer = there;
  await expect(importAll()).rejects.toThrow(/oidc-provider\/token\.actions[^]*pipeline_github_oidc=existing/);
});

it("the resources at which Terraform was interrupted are read from the state", () => {
  const resource = (name: string, status?: string) => ({
    type: "aws_s3_bucket",
    name,
    instances: [{ status }],
  });
  writeFileSync(state, stateOf([resource("whole"), resource("half", "tainted")]));
  expect(localState(state)?.tainted).toEqual(["aws_s3_bucket.half"]);
  expect(localState(join(root, "none.tfstate"))).toBeUndefined();
});

it("a file that is not a state is an error that names it", () => {
  writeFileSync(state, "canary");
  expect(() => localState(state)).toThrow(`${state} is not a Terraform state. Look at it yourself.`);
});
