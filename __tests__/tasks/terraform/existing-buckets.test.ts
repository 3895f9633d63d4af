import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkExistingBuckets, checkKeptBuckets } from "../../../tasks/terraform/existing-buckets";
import { settingsWith } from "../../support/settings";
import { awsOfThisProcess, type AwsStandIn, type Reply } from "../aws-stand-in";

const ACCOUNT = "111122223333";
const settings = settingsWith({ service_existing_bucket_prod: "acme-documents" });
let aws: AwsStandIn;

beforeAll(async () => {
  aws = await awsOfThisProcess();
});
afterAll(() => aws.stop());

const queue =
  "<QueueConfiguration><Id>theirs</Id><Queue>arn:aws:sqs:eu-west-1:111122223333:q</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>";
const notifications = (inside: string) => `<NotificationConfiguration>${inside}</NotificationConfiguration>`;
const error = (Code: string, status: number): Reply => ({
  status,
  body: `<Error><Code>${Code}</Code></Error>`,
});
const encryption = (...algorithms: string[]) =>
  `<ServerSideEncryptionConfiguration>${algorithms
    .map(
      (algorithm) =>
        `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>`,
    )
    .join("")}</ServerSideEncryptionConfiguration>`;

/** What bootstrap says of the bucket that answers so; nothing when it can be used. */
async function said(replies: { head?: Reply; encryption?: Reply; notification?: Reply }): Promise<string> {
  aws.answer = ({ operation, input }) => {
    if (operation === "HEAD") return replies.head ?? {};
    if (String(input.path).includes("encryption"))
      return replies.encryption ?? { body: encryption("AES256") };
    return replies.notification ?? { body: notifications("<EventBridgeConfiguration/>") };
  };
  return checkExistingBuckets(settings, ACCOUNT).then(
    () => "",
    (refusal: Error) => refusal.message,
  );
}

it("checkExistingBuckets accepts a bucket that sends its events to EventBridge, whatever its other notifications", async () => {
  const body = notifications(`${queue}<EventBridgeConfiguration/>`);
  expect(await said({ notification: { body } })).toBe("");
});

it("checkExistingBuckets refuses one that does not, with commands that keep its notifications", async () => {
  expect(await said({ notification: { body: notifications(queue) } })).toBe(
    `service_existing_bucket_prod is acme-documents. It does not send its events to EventBridge, and a notification from the pipeline could remove others.
Where Terraform or CloudFormation sets the bucket's notifications, turn EventBridge on there. Otherwise run
this while nothing else changes them; it keeps the others and adds EventBridge:

  aws s3api get-bucket-notification-configuration --bucket acme-documents --output json \\
    --query 'merge(@, \`{"EventBridgeConfiguration": {}}\`)' > acme-documents.json &&
  aws s3api put-bucket-notification-configuration --bucket acme-documents \\
    --notification-configuration file://acme-documents.json

Then run this again.

Nothing was created.`,
  );
});

it("checkExistingBuckets names the problem of each bucket", async () => {
  aws.answer = () => ({ status: 404 });
  const both = { service_existing_bucket_dev: "acme-test", service_existing_bucket_prod: "acme-documents" };
  const problem = "There is no such bucket: create it, or leave the setting out.";
  await expect(checkExistingBuckets(settingsWith(both), ACCOUNT)).rejects.toThrow(
    `service_existing_bucket_dev is acme-test. ${problem}\n\nservice_existing_bucket_prod is acme-documents. ${problem}\n\nNothing was created.`,
  );
});

it("checkExistingBuckets refuses a missing bucket, another account's, and one that encrypts with a KMS key", async () => {
  expect(await said({ head: { status: 404 } })).toContain("There is no such bucket");
  expect(await said({ head: { status: 403 } })).toContain(`It has to belong to the account ${ACCOUNT}`);
  for (const algorithms of [["aws:kms"], ["aws:kms:dsse"], ["AES256", "aws:kms"]])
    expect(await said({ encryption: { body: encryption(...algorithms) } })).toContain(
      "default encryption uses a KMS key",
    );
  for (const body of [
    encryption(),
    "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
  ])
    expect(await said({ encryption: { body } })).toBe("");
  expect(await said({ encryption: error("AccessDenied", 403) })).toContain("It cannot be read (AccessDenied");
  expect(await said({ encryption: error("ServerSideEncryptionConfigurationNotFoundError", 404) })).toBe("");
});

it("checkExistingBuckets refuses a bucket in another region", async () => {
  const headers = { "x-amz-bucket-region": "us-east-2" };
  let asked = 0;
  aws.answer = () => (++asked === 1 ? { status: 301, headers } : { headers });
  await expect(checkExistingBuckets(settings, ACCOUNT)).rejects.toThrow(
    /acme-documents\. It is in us-east-2, [^]*the pipeline is in eu-west-1[^]*Nothing was created\.$/,
  );
  expect(await said({ head: { headers: { "x-amz-bucket-region": "eu-west-1" } } })).toBe("");
});

it("checkExistingBuckets only reads", () => {
  const operations = new Set(aws.calls.map(({ operation }) => operation));
  expect([...operations].sort()).toEqual(["GET", "HEAD"]);
});

it("checkExistingBuckets does not call AWS without such a setting", async () => {
  aws.calls.length = 0;
  await checkExistingBuckets(settingsWith(), ACCOUNT);
  expect(aws.calls).toEqual([]);
});

describe("a deployed environment", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "kept-"));
    for (const stack of ["service-dev", "service-prod"]) {
      const folder = join(root, "cdktf.out/stacks", stack);
      mkdirSync(folder, { recursive: true });
      const backend = { s3: { bucket: "states", key: `hw/${stack}.tfstate` } };
      writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: { backend }, resource: {} }));
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Production's state names this bucket; dev has none. */
  const deployedWith = (value: string) => {
    const state = { version: 4, serial: 1, lineage: "a", resources: [], outputs: { bucket: { value } } };
    aws.answer = ({ input }) =>
      String(input.path).includes("service-prod") ? { body: JSON.stringify(state) } : error("NoSuchKey", 404);
  };

  it("can keep its bucket, an existing one or its own", async () => {
    deployedWith("acme-documents");
    await checkKeptBuckets(settings, root);
    deployedWith("acme-heavy-water-prod");
    await checkKeptBuckets(settingsWith(), root);
  });

  it("cannot change to another bucket", async () => {
    deployedWith("acme-heavy-water-prod");
    await expect(checkKeptBuckets(settings, root)).rejects.toThrow(
      /^prod keeps its documents in the bucket acme-heavy-water-prod, and the settings name acme-documents.*Nothing was changed\.$/,
    );
    deployedWith("acme-documents");
    await expect(checkKeptBuckets(settingsWith(), root)).rejects.toThrow(/Set service_existing_bucket_prod/);
  });
});
