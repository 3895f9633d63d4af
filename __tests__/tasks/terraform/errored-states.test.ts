import { S3Client } from "@aws-sdk/client-s3";
import { forget, keptKey, keptStates } from "../../../tasks/terraform/errored-states";
import { awsOfThisProcess, type AwsStandIn } from "../aws-stand-in";

let aws: AwsStandIn;
let s3: S3Client;

beforeAll(async () => {
  aws = await awsOfThisProcess();
  s3 = new S3Client({ forcePathStyle: true });
});
afterAll(() => {
  s3.destroy();
  aws.stop();
});

const listing = (keys: Record<string, string>) =>
  `<ListBucketResult>${Object.entries(keys)
    .map(([key, at]) => `<Contents><Key>${key}</Key><LastModified>${at}</LastModified></Contents>`)
    .join("")}</ListBucketResult>`;

const state = (serial: number) => JSON.stringify({ version: 4, serial, lineage: "one", resources: [] });

function holds(keys: Record<string, string>, text = state(1)): void {
  aws.answer = ({ input }) => ({ body: String(input.path).includes("list-type") ? listing(keys) : text });
}

it("saved states are found, with the newest last", async () => {
  holds({
    "errored/pipeline/hw-SelfUpdate:2.tfstate": "2027-01-02T00:00:00Z",
    "errored/service-dev/hw-DeployOnDev:1.tfstate": "2027-01-01T00:00:00Z",
  });
  aws.calls.length = 0;
  const kept = await keptStates(s3, "artifacts");
  expect(String(aws.calls[0]?.input.path)).toMatch(/[?&]prefix=errored%2F$/);
  expect(kept.map(({ stack, build }) => [stack, build])).toEqual([
    ["service-dev", "hw-DeployOnDev:1"],
    ["pipeline", "hw-SelfUpdate:2"],
  ]);
});

it("an object that the permissions on artifacts cover is not taken for a saved state", async () => {
  // `*/Build/*`, which UnitTest may write, is this too.
  const since = "2027-01-01T00:00:00Z";
  holds({
    "errored/service-prod/Build/x.tfstate": since,
    "errored/service-prod/x.tfstate.bak": since,
    "errored/x.tfstate": since,
    "a/errored/service-prod/x.tfstate": since,
  });
  expect(await keptStates(s3, "artifacts")).toEqual([]);
  holds({});
  expect(await keptStates(s3, "artifacts")).toEqual([]);
});

it("a saved state is removed by the key under which a build saved it", async () => {
  const key = keptKey("service-dev", "hw-DeployOnDev:1");
  expect(key).toBe("errored/service-dev/hw-DeployOnDev:1.tfstate");
  holds({ [key]: "2027-01-01T00:00:00Z" });
  const [kept] = await keptStates(s3, "artifacts");
  expect(kept).toMatchObject({ key, since: new Date("2027-01-01T00:00:00Z"), state: { serial: 1 } });
  aws.calls.length = 0;
  await forget(s3, "artifacts", kept!);
  expect(aws.calls.map(({ operation, input }) => `${operation} ${String(input.path)}`)).toEqual([
    "DELETE /artifacts/errored/service-dev/hw-DeployOnDev%3A1.tfstate?x-id=DeleteObject",
  ]);
});

it("an object that is not a state is an error that names it and shows no content", async () => {
  holds({ "errored/service-dev/b.tfstate": "2027-01-01T00:00:00Z" }, "canary");
  const error = await keptStates(s3, "artifacts").then(String, String);
  expect(error).toContain("s3://artifacts/errored/service-dev/b.tfstate is not a Terraform state");
  expect(error).not.toContain("canary");
});
